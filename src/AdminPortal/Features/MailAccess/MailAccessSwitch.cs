using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.MailAccess;

/// <summary>The switches in the rows of a list; an answer replaces one with <c>_Switch.cshtml</c>, which looks the same.</summary>
internal sealed class AccessSwitches(
    IStringLocalizer<Text> texts, IStringLocalizer<Shared.Text> shared, IFileVersionProvider versions, CurrentTenant tenant, TimeProvider time)
    : IAccessSwitches
{
    public IHtmlContent Of(MailboxWithLayers mailbox, MailProtocol protocol)
    {
        var shown = new SwitchShown(new(mailbox, time.GetUtcNow()), protocol, tenant);
        var layer = shown.Decision.DecidedBy;
        return new SwitchMarkup(shared, versions)
        {
            Name = protocol.Word(),
            Protocol = protocol.Name(),
            Subject = mailbox.Mailbox.Address,
            Action = shown.Action,
            On = shown.Decision.Allowed,
            SetHere = shown.IsSetHere,
            Fixed = !shown.MaySwitch,
            DecidedBy = texts[$"Origin{layer}", shown.Access.LayerName(layer) ?? ""],
        };
    }
}

/// <summary>A switch as it is shown.</summary>
internal sealed class SwitchShown(MailboxAccess access, MailProtocol protocol, CurrentTenant tenant)
{
    public MailboxAccess Access => access;

    public MailProtocol Protocol => protocol;

    public AccessDecision Decision { get; } = access[protocol];

    public bool IsSetHere => access.Mailbox.Access[protocol] != AccessSetting.Inherit;

    public bool MaySwitch { get; } = Policies.TenantRoles[Policies.SwitchAccess].Contains(tenant.Role);

    /// <summary>Where it posts. One address for each switch: an undo finds the switch that it belongs to by it.</summary>
    public string Action { get; } = $"/t/{Uri.EscapeDataString(tenant.Slug)}/access/switch/{access.Mailbox.Id}/{protocol.Word()}";

    /// <summary>The same from a card, which knows what it saw and is answered with a card.</summary>
    public string ActionOfCard => $"{Action}?card=true&seen={access.TagOf(protocol)}";
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Features.MailAccess;

/// <summary>
/// One switch in a row of a list: <c>@await Component.InvokeAsync("MailAccessSwitch", new { mailbox = row.With, protocol })</c>. The list has
/// loaded the layers for all its rows; this asks for nothing more.
/// </summary>
public sealed class MailAccessSwitch : ViewComponent
{
    // A view component must be public, what it asks is internal: so it asks for it here and not in its constructor.
    public IViewComponentResult Invoke(MailboxWithLayers mailbox, MailProtocol protocol)
    {
        var services = HttpContext.RequestServices;
        var access = new MailboxAccess(mailbox, services.GetRequiredService<TimeProvider>().GetUtcNow());
        return View(SwitchShown.View, new SwitchShown(access, protocol, services.GetRequiredService<CurrentTenant>()));
    }
}

/// <summary>A switch as it is shown.</summary>
internal sealed class SwitchShown(MailboxAccess access, MailProtocol protocol, CurrentTenant tenant)
{
    public const string View = "/Features/MailAccess/_Switch.cshtml";

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

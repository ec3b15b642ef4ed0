using System.Globalization;
using AdminPortal.Data;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>The sentence that says why a protocol is on or off: the same beside a switch, in an explanation and in the API.</summary>
internal sealed class AccessReasons(IStringLocalizer<Text> texts)
{
    /// <summary>"POP3 is off: set on this mailbox."</summary>
    public string Why(MailboxWithLayers mailbox, AccessDecision decision)
    {
        var protocol = decision.Protocol.Name();
        var said = decision.DecidedBy + (decision.Allowed ? "On" : "Off");
        return decision switch
        {
            { Exception: { IsSuspension: true } suspension } => texts["WhySuspended", protocol, suspension.Reason],
            { Exception: { } exception } => texts[decision.Allowed ? "WhyAllowedUntil" : "WhyDeniedUntil", protocol, Day(exception.EndsAt!.Value), exception.Reason],
            _ => texts[$"Why{said}", protocol, LayerName(mailbox, decision.DecidedBy)],
        };
    }

    private static string LayerName(MailboxWithLayers mailbox, DecidedBy layer) => layer switch
    {
        DecidedBy.Plan => mailbox.PlanName ?? "",
        DecidedBy.Domain => mailbox.DomainName,
        DecidedBy.Tenant => mailbox.TenantName,
        _ => mailbox.Mailbox.Address,
    };

    /// <summary>The same, and what is still to be done by somebody where the portal only records: for readers who see no page.</summary>
    public string WhyAndWhere(MailboxWithLayers mailbox, AccessDecision decision) => Pending(mailbox) is { } pending
        ? $"{Why(mailbox, decision)} {pending}"
        : Why(mailbox, decision);

    /// <summary>Where the portal's switch is not the one that governs: that it is recorded here and not yet carried out there. Else null.</summary>
    public string? Pending(MailboxWithLayers mailbox) => mailbox.PodKind == PodKind.ExchangeScript ? texts["RecordedOnly"].Value : null;

    private static string Day(DateTimeOffset when) => when.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.CurrentCulture);
}

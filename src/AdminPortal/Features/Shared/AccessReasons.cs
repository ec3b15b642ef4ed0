using System.Globalization;
using AdminPortal.Data;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>The sentence that says why a protocol is on or off: the same beside a switch, in an explanation and in the API.</summary>
internal sealed class AccessReasons(IStringLocalizer<AccessReasons> texts)
{
    /// <summary>"POP3 is off: set on this mailbox."</summary>
    public string Why(MailboxWithLayers mailbox, AccessDecision decision)
    {
        var protocol = Name(decision.Protocol);
        return decision switch
        {
            { Exception: { IsSuspension: true } suspension } => texts["Suspended", protocol, suspension.Reason],
            { Exception: { } exception } => texts[decision.Allowed ? "AllowedUntil" : "DeniedUntil", protocol, Day(exception.EndsAt!.Value), exception.Reason],
            { DecidedBy: DecidedBy.Mailbox } => texts[Key("ByMailbox"), protocol],
            { DecidedBy: DecidedBy.Plan } => texts[Key("ByPlan"), protocol, mailbox.PlanName ?? ""],
            { DecidedBy: DecidedBy.Domain } => texts[Key("ByDomain"), protocol, mailbox.DomainName],
            _ => texts[Key("ByTenant"), protocol, mailbox.TenantName],
        };

        string Key(string layer) => (decision.Allowed ? "On" : "Off") + layer;
    }

    /// <summary>The same, and what is still to be done by somebody where the portal only records: for readers who see no page.</summary>
    public string WhyAndWhere(MailboxWithLayers mailbox, AccessDecision decision) => Pending(mailbox) is { } pending
        ? $"{Why(mailbox, decision)} {pending}"
        : Why(mailbox, decision);

    /// <summary>Where the portal's switch is not the one that governs: that it is recorded here and not yet carried out there. Else null.</summary>
    public string? Pending(MailboxWithLayers mailbox) => mailbox.PodKind == PodKind.ExchangeScript ? texts["RecordedOnly"].Value : null;

    /// <summary>As people know the protocols.</summary>
    public static string Name(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "POP3",
        MailProtocol.Imap => "IMAP4",
        _ => "SMTP",
    };

    private static string Day(DateTimeOffset when) => when.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.CurrentCulture);
}

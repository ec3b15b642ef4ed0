using AdminPortal.Data;
using AdminPortal.Features.Shared;

namespace AdminPortal.Features.Mailboxes;

/// <summary>One mailbox as the API shows it.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Address">The primary address.</param>
/// <param name="DisplayName">The name that people see.</param>
/// <param name="Domain">The domain of the address.</param>
/// <param name="Plan">The plan's name; null without one.</param>
/// <param name="Pod">The mail server that it is assigned to, by name.</param>
/// <param name="Aliases">Other addresses at which it receives and may send from.</param>
/// <param name="ExternalId">Its identity in the customer's own directory.</param>
/// <param name="Access">What it may use, and why.</param>
/// <param name="LastSignIns">The last successful sign-in by protocol; null where there was none.</param>
/// <param name="Quota">Octets that it may hold by its own row; null follows the plan, then the installation.</param>
/// <param name="CreatedAt">When it was created here.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
internal sealed record MailboxAnswer(
    Guid Id, string Address, string DisplayName, string Domain, string? Plan, string Pod, IReadOnlyList<string> Aliases, string? ExternalId,
    AccessAnswer Access, LastSignIns LastSignIns, long? Quota, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static MailboxAnswer Of(ListedMailbox listed, DateTimeOffset at, AccessReasons reasons)
    {
        var mailbox = listed.With.Mailbox;
        return new(
            mailbox.Id, mailbox.Address, mailbox.DisplayName, listed.With.DomainName, listed.With.PlanName, listed.PodName, listed.Aliases,
            mailbox.ExternalId, AccessAnswer.Of(listed.With, at, reasons.WhyAndWhere), listed.LastSignIns, mailbox.Quota, mailbox.CreatedAt, mailbox.UpdatedAt);
    }
}

/// <summary>The last successful sign-in by protocol.</summary>
internal sealed record LastSignIns(DateTimeOffset? Pop3, DateTimeOffset? Imap, DateTimeOffset? Smtp)
{
    public static readonly LastSignIns None = new(null, null, null);

    public LastSignIns With(MailProtocol protocol, DateTimeOffset at) => protocol switch
    {
        MailProtocol.Pop3 => this with { Pop3 = at },
        MailProtocol.Imap => this with { Imap = at },
        _ => this with { Smtp = at },
    };

    /// <summary>Of whichever protocol; not part of the answer.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public DateTimeOffset? Latest => new[] { Pop3, Imap, Smtp }.Max();
}

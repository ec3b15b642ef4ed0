namespace AdminPortal.Data.ChangeFeed;

/// <summary>
/// Word that something which decides about access may have changed, written in the change's own transaction. It says where to look, not
/// what to find: a reader asks <c>effective_mail_access</c> again, so that a layer, an exception and a single switch need one kind of entry.
/// </summary>
public sealed class ChangeFeedEntry : ITenantOwned
{
    public Guid TenantId { get; init; }

    public long Id { get; private set; }

    /// <summary>The one mailbox concerned; null where any mailbox of the tenant may be.</summary>
    public Guid? MailboxId { get; init; }

    public DateTimeOffset At { get; private set; }
}

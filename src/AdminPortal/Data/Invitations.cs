namespace AdminPortal.Data;

/// <summary>
/// A role, or a mailbox, that waits for a person to take it. The link that was sent holds 256 random bits; only their SHA-256 is stored. It
/// ends by being accepted, withdrawn or too old, and its row stays as a record.
/// </summary>
public sealed class Invitation : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>The name of the account, normalised by <see cref="MailAddressName.Normalise"/>.</summary>
    public required string Address { get; init; }

    /// <summary>Where the link was sent: the address itself, unless the owner of a mailbox cannot read mail there yet.</summary>
    public required string SentTo { get; set; }

    /// <summary><see cref="PortalRole.MailboxOwner"/> where <see cref="MailboxId"/> says which mailbox.</summary>
    public PortalRole Role { get; init; }

    public Guid? MailboxId { get; init; }

    /// <summary>Of the mail and of the page it leads to.</summary>
    public required string Language { get; init; }

    public required byte[] TokenHash { get; set; }

    public required string InvitedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The mail that carries the link; null where an administrator was given the link to hand over.</summary>
    public Guid? MailId { get; set; }

    public DateTimeOffset? AcceptedAt { get; set; }

    public DateTimeOffset? WithdrawnAt { get; set; }

    public long Version { get; set; } = 1;

    /// <summary>Whoever holds the link has shown that mail to <see cref="Address"/> reaches them.</summary>
    public bool ProvesAddress => MailId is not null && SentTo == Address;

    public bool IsOpen(DateTimeOffset now) => AcceptedAt is null && WithdrawnAt is null && now < ExpiresAt;
}

/// <summary>
/// Somebody asked to reset the password of a name, which may be nobody's: the row is written before anybody looks, so that neither the
/// answer nor its time says which. A worker then sends the owner a link, of which only the SHA-256 is stored.
/// </summary>
public sealed class PasswordReset
{
    public Guid Id { get; init; }

    /// <summary>As it was asked for, normalised.</summary>
    public required string Name { get; init; }

    public required string Language { get; init; }

    public string? RemoteAddress { get; init; }

    public string? UserAgent { get; init; }

    public DateTimeOffset AskedAt { get; init; }

    /// <summary>When a worker looked; null while it waits.</summary>
    public DateTimeOffset? HandledAt { get; set; }

    /// <summary>Whose name it is; null where it is nobody's.</summary>
    public Guid? UserId { get; set; }

    public byte[]? TokenHash { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>
/// A mail that the portal was asked to send, written in the transaction that asks for it. Its content is sealed, because it holds a link
/// that is a key, and removed once it was sent or given up.
/// </summary>
public sealed class QueuedMail
{
    public Guid Id { get; init; }

    /// <summary>Null for mail about a person rather than a tenant, such as a password's reset.</summary>
    public Guid? TenantId { get; init; }

    public required string Recipient { get; init; }

    /// <summary>What it is about: <c>invitation</c>, <c>passwordReset</c>.</summary>
    public required string Kind { get; init; }

    public byte[]? Content { get; set; }

    public QueuedMailState State { get; set; } = QueuedMailState.Waiting;

    /// <summary>Raised with each attempt: a worker that was overtaken may not settle what another took up.</summary>
    public int Attempts { get; set; }

    /// <summary>When it is tried next; while it is being sent, when it is given to another worker.</summary>
    public DateTimeOffset NextAt { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>From then on its link leads nowhere, and it is not sent any more.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? SentAt { get; set; }

    /// <summary>Why the last attempt failed.</summary>
    public MailFailure? Failure { get; set; }

    /// <summary>The server's code, such as <c>550 5.7.1</c>; never its words, which may repeat the message.</summary>
    public string? FailureCode { get; set; }
}

/// <summary>
/// A platform administrator's stay in a tenant. Without one, no tenant's data is shown to somebody who is no member there; entering and
/// leaving stand in the tenant's audit trail.
/// </summary>
public sealed class TenantVisit : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    /// <summary>The browser's session, or the token, that entered.</summary>
    public required string Session { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset EnteredAt { get; init; }

    public DateTimeOffset EndsAt { get; init; }

    public DateTimeOffset? LeftAt { get; set; }
}

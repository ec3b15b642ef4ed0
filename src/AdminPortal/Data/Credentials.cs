namespace AdminPortal.Data;

/// <summary>
/// What all credentials of one mailbox share: one salt and one iteration count, so that one derivation serves a login and each stored key
/// is compared with it (RFC 5802, section 3; RFC 7677).
/// </summary>
public sealed class MailboxScram : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid MailboxId { get; init; }

    public required byte[] Salt { get; set; }

    /// <summary>4,096 where every credential is generated; at least 100,000 once a chosen password is among them.</summary>
    public int Iterations { get; set; }
}

/// <summary>A SCRAM-SHA-256 verifier (RFC 7677) of one password of one mailbox. The password itself is stored nowhere.</summary>
public sealed class MailCredential : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid MailboxId { get; init; }

    public CredentialKind Kind { get; init; }

    /// <summary>The owner's words for it: "Phone", "Laptop".</summary>
    public required string Label { get; set; }

    public required byte[] StoredKey { get; set; }

    public required byte[] ServerKey { get; set; }

    /// <summary>By which it opens the mailbox. An account password is for all of them: the tenant says whether it is for any.</summary>
    public List<MailProtocol> Protocols { get; set; } = [.. MailProtocols.All];

    /// <summary>From where it may be used, such as <c>192.0.2.0/24</c>; none: from everywhere.</summary>
    public List<string> Networks { get; set; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it, as pages call them; empty where nobody asked.</summary>
    public string CreatedBy { get; init; } = "";

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>When a program last came in with it, to the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    public MailProtocol? LastUsedBy { get; set; }

    public string? LastUsedFrom { get; set; }

    public long Version { get; set; } = 1;
}

/// <summary>
/// With what the checker signs in for a mailbox without knowing its password: SASL PLAIN (RFC 4616) with this user name as the
/// authentication identity and the mailbox as the authorization identity. One per pod; generated for the embedded server.
/// </summary>
public sealed class ServiceCredential : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid PodId { get; init; }

    /// <summary>The authentication identity. Unique over the installation for the embedded server.</summary>
    public required string UserName { get; set; }

    /// <summary>The password, enveloped by data protection and bound to tenant and row. Write-only: no page or route shows it.</summary>
    public required byte[] ProtectedPassword { get; set; }

    /// <summary>SHA-256 of the password for the embedded server's own comparison: 256 random bits need no slow hash.</summary>
    public byte[]? PasswordHash { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; set; } = 1;
}

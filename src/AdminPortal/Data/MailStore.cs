namespace AdminPortal.Data;

/// <summary>What IMAP calls a mailbox: INBOX, Sent … of one mail account (RFC 9051, section 2.3).</summary>
public sealed class MailFolder : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid MailboxId { get; init; }

    /// <summary>The full name, levels divided by <c>/</c>.</summary>
    public required string Name { get; set; }

    /// <summary>The attribute of RFC 6154 without its backslash: <c>Sent</c>, <c>Drafts</c> …; null for ordinary folders.</summary>
    public string? SpecialUse { get; set; }

    public bool Subscribed { get; set; } = true;

    /// <summary>Never reused for a name: unsigned 32 bits in a bigint.</summary>
    public long UidValidity { get; init; }

    public long UidNext { get; set; } = 1;

    /// <summary>The highest modification sequence given in this folder (RFC 7162).</summary>
    public long HighestModSeq { get; set; } = 1;
}

/// <summary>A message in a folder. Several folders may hold the same content.</summary>
public sealed class MailMessage : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid FolderId { get; init; }

    /// <summary>Strictly ascending in the folder and never reused (RFC 9051, section 2.3.1.1).</summary>
    public long Uid { get; init; }

    public Guid ContentId { get; init; }

    /// <summary>Bits of the system flags, as the mail server numbers them.</summary>
    public int Flags { get; set; }

    public string[] Keywords { get; set; } = [];

    public DateTimeOffset InternalDate { get; init; }

    /// <summary>Octets.</summary>
    public int Size { get; init; }

    public long ModSeq { get; set; }
}

/// <summary>The octets of a message, exactly as they came.</summary>
public sealed class MailContent : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public required byte[] Body { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

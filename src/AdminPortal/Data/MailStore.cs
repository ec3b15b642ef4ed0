namespace AdminPortal.Data;

/// <summary>
/// The root of a mailbox's folders, made with them at the mailbox's first use (SQL function <c>ensure_mail_store</c>). Whoever changes the
/// number or the names of the folders locks this row first.
/// </summary>
public sealed class MailStore : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid MailboxId { get; init; }

    /// <summary>The highest UIDVALIDITY ever given in this mailbox. It starts at the time of creation, so that a mailbox made again under an
    /// old address does not meet the caches of the first one.</summary>
    public long LastUidValidity { get; set; }

    /// <summary>Unused since quotas belong to mailboxes and plans; processes of the release before still read it until they are replaced.</summary>
    public long? Quota { get; set; }
}

/// <summary>
/// What IMAP calls a mailbox: INBOX, Sent … of one mail account (RFC 9051, section 2.3), or a public folder that all mailboxes of the tenant share.
/// </summary>
public sealed class MailFolder : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>Null for a public folder.</summary>
    public Guid? MailboxId { get; init; }

    /// <summary>The mailbox, or the tenant for a public folder: names are unique below it. The database computes it.</summary>
    public Guid OwnerId { get; private set; }

    /// <summary>The full name, levels divided by <c>/</c>; a public folder's begins with the name of its namespace.</summary>
    public required string Name { get; set; }

    /// <summary>The attribute of RFC 6154 without its backslash: <c>Sent</c>, <c>Drafts</c> …; null for ordinary folders.</summary>
    public string? SpecialUse { get; set; }

    /// <summary>Never given twice in a mailbox: unsigned 32 bits in a bigint.</summary>
    public long UidValidity { get; init; }

    public long UidNext { get; set; } = 1;

    /// <summary>The highest modification sequence given in this folder (RFC 7162).</summary>
    public long HighestModSeq { get; set; } = 1;

    /// <summary>The first UID that no read-write session was told of: \Recent begins here.</summary>
    public long RecentFrom { get; set; } = 1;

    /// <summary>Expunges up to this mod-sequence may be forgotten.</summary>
    public long RememberedFrom { get; set; }

    /// <summary>How many expunges are remembered.</summary>
    public int Remembered { get; set; }

    /// <summary>What its messages come to; a trigger counts.</summary>
    public long Octets { get; set; }

    /// <summary>What everybody may do in a public folder; null for a mailbox's own.</summary>
    public PublicFolderRight? PublicRight { get; set; }

    /// <summary>Of what an administrator sets: the name and the right of a public folder.</summary>
    public long Version { get; set; } = 1;
}

/// <summary>What the mailboxes of a tenant may do in a public folder, as the mail server numbers it.</summary>
public enum PublicFolderRight : short
{
    Read,
    AddAndMark,
    Everything,
}

/// <summary>A name in the list of subscriptions; a folder of that name need not exist (RFC 9051, section 6.3.7).</summary>
public sealed class MailSubscription : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid MailboxId { get; init; }

    public required string Name { get; init; }
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

    /// <summary>When it came into this folder; null for those that were there before this was kept.</summary>
    public DateTimeOffset? SavedAt { get; init; }

    /// <summary>Octets.</summary>
    public int Size { get; init; }

    public long ModSeq { get; set; }
}

/// <summary>A message that is gone, remembered so that other sessions and later resynchronisations learn of it (RFC 7162, section 3.2).</summary>
public sealed class MailExpunged : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid FolderId { get; init; }

    public long Uid { get; init; }

    public long ModSeq { get; init; }
}

/// <summary>The octets of a message, exactly as they came.</summary>
public sealed class MailContent : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>Octets up to and including the empty line that ends the header; all of them where there is no such line.</summary>
    public int HeaderSize { get; init; }

    public required byte[] Body { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>
/// Content that lost a message (a trigger writes it). It is removed an hour later if no other message holds it, so that whoever is reading it
/// may finish.
/// </summary>
public sealed class MailGarbage : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid ContentId { get; init; }

    public DateTimeOffset Since { get; init; }
}

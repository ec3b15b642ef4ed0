using AdminPortal.Data;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// What reading a file yields, in this order: one <see cref="Header"/>; then rows, refused rows and notices as the lines come; at most one
/// <see cref="Broken"/>, which is the last and means that nothing of the file may be used.
/// </summary>
internal abstract record ImportItem
{
    private ImportItem() { }

    /// <summary>The columns of the file, once they are understood.</summary>
    /// <param name="Shape">Where the file seems to come from.</param>
    /// <param name="Separator">Between its cells.</param>
    /// <param name="Columns">What is used, and what the file calls it, in the file's order.</param>
    /// <param name="Ignored">What is not used.</param>
    internal sealed record Header(
        ImportShape Shape, char Separator, IReadOnlyDictionary<MailboxColumn, string> Columns, IReadOnlyList<IgnoredColumn> Ignored) : ImportItem
    {
        public IEnumerable<string> Used => Columns.Values;
    }

    /// <summary>A line that names a mailbox and says what it wants.</summary>
    internal sealed record Row(ImportRow Content) : ImportItem;

    /// <summary>A line that cannot be used; the lines after it can.</summary>
    internal sealed record Refused(ImportProblem Problem) : ImportItem;

    /// <summary>A column found useless only by its values. Reported once per column.</summary>
    internal sealed record Notice(IgnoredColumn Column) : ImportItem;

    /// <summary>The file as a whole cannot be read.</summary>
    internal sealed record Broken(ImportProblem Problem) : ImportItem;
}

/// <summary>Where the file seems to come from.</summary>
internal enum ImportShape
{
    /// <summary><c>Get-CASMailbox</c> or <c>Get-EXOCasMailbox</c>, whichever columns were chosen.</summary>
    Exchange,

    /// <summary>Our own export: address, displayName, domain, plan, pop3, imap, smtp.</summary>
    Native,

    /// <summary>One column of addresses, to which a chosen action applies.</summary>
    List,
}

/// <summary>One line: which mailbox, and what it should be. What the file has no column for is null, and left alone.</summary>
internal sealed class ImportRow
{
    /// <summary>The line of the file on which the row starts, the first being 1.</summary>
    public required int Line { get; init; }

    // The keys a mailbox is looked up by, in this order; the first that the row has decides.
    public Guid? ExternalDirectoryObjectId { get; set; }
    public Guid? ExchangeGuid { get; set; }
    public string? Address { get; set; }
    public string? UserPrincipalName { get; set; }
    public string? Identity { get; set; }
    public string? Name { get; set; }

    public string? DisplayName { get; set; }

    /// <summary>The plan's name; empty means none.</summary>
    public string? Plan { get; set; }

    /// <summary>Further addresses, normalised, without the primary one.</summary>
    public IReadOnlyList<string> Aliases { get; set; } = [];

    // An empty cell asks for Inherit.
    public AccessSetting? Pop3 { get; set; }
    public AccessSetting? Imap { get; set; }
    public AccessSetting? Smtp { get; set; }

    public bool NamesAMailbox =>
        ExternalDirectoryObjectId is not null || ExchangeGuid is not null || Address is not null
        || UserPrincipalName is not null || Identity is not null || Name is not null;
}

/// <summary>What the person who imports a list chose to do with the mailboxes on it; null leaves a protocol alone.</summary>
internal sealed record ImportAction(AccessSetting? Pop3, AccessSetting? Imap, AccessSetting? Smtp);

/// <summary>A column that changes nothing here, and why.</summary>
internal sealed record IgnoredColumn(string Name, IgnoredBecause Because);

internal enum IgnoredBecause
{
    /// <summary>Nobody knows this name.</summary>
    Unknown,

    /// <summary>It switches a way in that this portal does not govern, such as ActiveSync.</summary>
    OtherService,

    /// <summary>It tunes POP or IMAP inside Exchange, which keeps it; here it has no meaning.</summary>
    KeptByExchange,

    /// <summary>It describes the mailbox in Exchange and is not needed here.</summary>
    NotNeeded,

    /// <summary>It follows from the address.</summary>
    FollowsFromAddress,

    /// <summary>PowerShell wrote the name of a type (<c>System.Collections…</c>) where the values should be.</summary>
    TypeNameInsteadOfValues,
}

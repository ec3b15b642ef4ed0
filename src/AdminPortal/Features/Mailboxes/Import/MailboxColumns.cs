using System.Collections.Frozen;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What a column means to us.</summary>
internal enum MailboxColumn : byte
{
    Ignored,
    ExternalDirectoryObjectId,
    ExchangeGuid,
    Address,
    UserPrincipalName,
    Identity,
    Name,
    DisplayName,
    Plan,
    Aliases,
    Pop3,
    Imap,
    Smtp,
    SmtpDisabled,
}

/// <summary>The header of one file, understood: what each column means, by its place.</summary>
internal sealed class MailboxColumns
{
    private static readonly FrozenDictionary<string, MailboxColumn> Known = new Dictionary<string, MailboxColumn>
    {
        // As Exchange writes them.
        ["ExternalDirectoryObjectId"] = MailboxColumn.ExternalDirectoryObjectId,
        ["Guid"] = MailboxColumn.ExchangeGuid,
        ["PrimarySmtpAddress"] = MailboxColumn.Address,
        ["UserPrincipalName"] = MailboxColumn.UserPrincipalName,
        ["Identity"] = MailboxColumn.Identity,
        ["Name"] = MailboxColumn.Name,
        ["DisplayName"] = MailboxColumn.DisplayName,
        ["EmailAddresses"] = MailboxColumn.Aliases,
        ["PopEnabled"] = MailboxColumn.Pop3,
        ["ImapEnabled"] = MailboxColumn.Imap,
        ["SmtpClientAuthenticationDisabled"] = MailboxColumn.SmtpDisabled,

        // As our own export writes them, and as people write a list by hand.
        ["address"] = MailboxColumn.Address,
        ["emailAddress"] = MailboxColumn.Address,
        ["plan"] = MailboxColumn.Plan,
        ["aliases"] = MailboxColumn.Aliases,
        ["pop3"] = MailboxColumn.Pop3,
        ["imap"] = MailboxColumn.Imap,
        ["smtp"] = MailboxColumn.Smtp,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, IgnoredBecause> KnownToBeIgnored =
        Reasons().ToFrozenDictionary(pair => pair.Name, pair => pair.Because, StringComparer.OrdinalIgnoreCase);

    private readonly MailboxColumn[] meanings;
    private readonly string[] names;

    private MailboxColumns(ImportShape shape, MailboxColumn[] meanings, string[] names, IReadOnlyList<IgnoredColumn> ignored)
    {
        Shape = shape;
        this.meanings = meanings;
        this.names = names;
        Ignored = ignored;
    }

    public ImportShape Shape { get; }
    public IReadOnlyList<IgnoredColumn> Ignored { get; }
    public int Count => meanings.Length;
    public MailboxColumn this[int index] => meanings[index];
    public string NameOf(int index) => names[index];

    /// <summary>What is used, and what the file calls it, in the file's order.</summary>
    public IReadOnlyDictionary<MailboxColumn, string> Used =>
        meanings.Zip(names).Where(column => column.First != MailboxColumn.Ignored).ToDictionary(column => column.First, column => column.Second);

    /// <summary>A list of addresses under a header of any name, or under none.</summary>
    public static MailboxColumns ListOfAddresses(string name) => new(ImportShape.List, [MailboxColumn.Address], [name], []);

    /// <summary>Understands a header, or says what is wrong with it.</summary>
    public static (MailboxColumns? Columns, ImportProblem? Problem) Understand(string[] header, int line)
    {
        var meanings = new MailboxColumn[header.Length];
        var ignored = new List<IgnoredColumn>();
        for (var i = 0; i < header.Length; i++)
        {
            if (Known.TryGetValue(header[i], out meanings[i]))
            {
                // Two names for one thing are as contradictory as one name twice.
                if (Array.FindIndex(meanings, 0, i, earlier => Same(earlier, meanings[i])) is >= 0 and var first)
                    return (null, Duplicate(header, i, first, line));
                continue;
            }
            if (header[i].Length > 0 && Array.FindIndex(header, 0, i, name => name.Equals(header[i], StringComparison.OrdinalIgnoreCase)) is >= 0 and var twin)
                return (null, Duplicate(header, i, twin, line));
            ignored.Add(new IgnoredColumn(header[i], KnownToBeIgnored.GetValueOrDefault(header[i], IgnoredBecause.Unknown)));
        }
        return (new MailboxColumns(ShapeOf(header), meanings, header, ignored), null);
    }

    public bool NamesMailboxes =>
        meanings.Any(column => column is >= MailboxColumn.ExternalDirectoryObjectId and <= MailboxColumn.Name or MailboxColumn.Aliases);

    /// <summary>The first column that sets a protocol; null when none does.</summary>
    public string? FirstSetting => Array.FindIndex(meanings, IsSetting) is >= 0 and var index ? names[index] : null;

    public static bool IsSetting(MailboxColumn column) => column >= MailboxColumn.Pop3;

    private static bool Same(MailboxColumn one, MailboxColumn other) => one == other || (one >= MailboxColumn.Smtp && other >= MailboxColumn.Smtp);

    private static ImportProblem Duplicate(string[] header, int index, int first, int line) =>
        new(ImportProblemKind.DuplicateColumn, line) { Column = header[index], Value = header[first] };

    private static ImportShape ShapeOf(string[] header) =>
        header.Length == 1 ? ImportShape.List
        : header.Contains("address", StringComparer.OrdinalIgnoreCase) ? ImportShape.Native
        : ImportShape.Exchange;

    private static IEnumerable<(string Name, IgnoredBecause Because)> Reasons()
    {
        foreach (var name in (string[])["ActiveSyncEnabled", "OWAEnabled", "ECPEnabled", "EwsEnabled", "MAPIEnabled", "MacOutlookEnabled",
            "OutlookMobileEnabled", "UniversalOutlookEnabled", "OneWinNativeOutlookEnabled", "OWAforDevicesEnabled"])
            yield return (name, IgnoredBecause.OtherService);

        foreach (var protocol in (string[])["Pop", "Imap"])
            foreach (var setting in (string[])["UseProtocolDefaults", "MessagesRetrievalMimeFormat", "SuppressReadReceipt",
                "ForceICalForCalendarRetrievalOption", "EnableExactRFC822Size"])
                yield return (protocol + setting, IgnoredBecause.KeptByExchange);

        foreach (var name in (string[])["ExchangeVersion", "OrganizationId", "ServerLegacyDN", "LegacyExchangeDN", "DistinguishedName", "Id",
            "SamAccountName", "ServerName", "ObjectCategory", "ObjectClass", "WhenChanged", "WhenCreated", "WhenChangedUTC", "WhenCreatedUTC",
            "ObjectState", "IsValid", "PSComputerName", "RunspaceId", "PSShowComputerName"])
            yield return (name, IgnoredBecause.NotNeeded);

        yield return ("domain", IgnoredBecause.FollowsFromAddress);
    }
}

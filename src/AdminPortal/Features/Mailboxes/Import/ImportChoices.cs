using AdminPortal.Data;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What is chosen with the upload, and kept with it: preview and apply must mean the same.</summary>
/// <param name="Explicit">Write every value of the file as the mailbox's own setting, also where it is in effect already.</param>
/// <param name="Pop3">For a list of addresses: what becomes of POP3 on each; null leaves it alone.</param>
/// <param name="Imap">The same for IMAP4.</param>
/// <param name="Smtp">The same for SMTP.</param>
internal sealed record ImportChoices(bool Explicit = false, AccessSetting? Pop3 = null, AccessSetting? Imap = null, AccessSetting? Smtp = null)
{
    public ImportAction? Action() => Pop3 is null && Imap is null && Smtp is null ? null : new ImportAction(Pop3, Imap, Smtp);
}

/// <summary>What is kept beside the rows of an upload: enough to compare and apply them without reading the file again.</summary>
/// <param name="Version">Which <see cref="StagedRows.Version"/> wrote the rows.</param>
/// <param name="Choices">What was chosen with the upload.</param>
/// <param name="File">What the file is.</param>
internal sealed record KeptImport(int Version, ImportChoices Choices, FileSummary File);

/// <summary>What an import would do at the moment of the preview.</summary>
internal sealed record ImportPreview
{
    /// <summary>So many refused lines and so many changes are shown one by one; the counts are always whole.</summary>
    public const int MostShown = 500;

    public required ImportShape Shape { get; init; }

    /// <summary>The columns that are used, as the file names them.</summary>
    public required IReadOnlyList<string> Used { get; init; }

    public required IReadOnlyList<IgnoredColumn> Ignored { get; init; }

    public required int Rows { get; init; }

    public required int Created { get; init; }

    public required int Changed { get; init; }

    public required int Unchanged { get; init; }

    public required int Refused { get; init; }

    /// <summary>How many lines were refused for each reason.</summary>
    public required IReadOnlyDictionary<ImportProblemKind, int> RefusedBy { get; init; }

    public int CountOf(ImportProblemKind kind) => RefusedBy.GetValueOrDefault(kind);

    /// <summary>The first refused lines, in the file's order.</summary>
    public required IReadOnlyList<ImportProblem> Problems { get; init; }

    /// <summary>The first changes, in the file's order.</summary>
    public required IReadOnlyList<PlannedChange> Changes { get; init; }
}

/// <summary>One mailbox that an import would create or change.</summary>
/// <param name="Line">Of the file.</param>
/// <param name="Address">The mailbox.</param>
/// <param name="IsNew">Whether it would be created.</param>
/// <param name="Before">Its own settings now.</param>
/// <param name="After">Its own settings then.</param>
internal sealed record PlannedChange(int Line, string Address, bool IsNew, AccessSettings Before, AccessSettings After);

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// Why a file or a line of it was refused, in parts from which a sentence and its cure are made in the reader's language
/// (<see cref="ImportProblemText"/>).
/// </summary>
/// <param name="Kind">The reason.</param>
/// <param name="Line">The line, the first being 1; null when the file as a whole is meant.</param>
internal sealed record ImportProblem(ImportProblemKind Kind, int? Line)
{
    private const int LongestValueShown = 80;
    private readonly string? value;

    /// <summary>The character in that line, the first being 1, where one character is at fault.</summary>
    public int? Position { get; init; }

    /// <summary>The column's name as the file writes it.</summary>
    public string? Column { get; init; }

    /// <summary>What stood there, cut to 80 characters; may contain anything, so show it encoded.</summary>
    public string? Value
    {
        get => value;
        init => this.value = value is { Length: > LongestValueShown } ? string.Concat(value.AsSpan(0, LongestValueShown), "…") : value;
    }

    /// <summary>The number that the broken rule names: a limit, or the count of cells expected.</summary>
    public long? Number { get; init; }
}

/// <summary>Every reason for which a file or a line is refused. Stored with previews and operations as a word: never rename one.</summary>
internal enum ImportProblemKind
{
    // The file
    Empty,
    ExcelWorkbook,
    Binary,
    NotUtf8,
    DamagedUtf16,
    TooLarge,
    UnclosedQuote,
    RowTooLong,
    NoIdentityColumn,
    DuplicateColumn,
    ListNeedsAction,
    ActionNeedsList,
    TooManyRows,

    // One line
    TextAfterQuote,
    StrayQuote,
    TooManyCells,
    TooFewCells,
    BadValue,
    BadAddress,
    BadGuid,
    ValueTooLong,
    NoIdentity,

    // One line, compared with the tenant's mailboxes and with the other lines
    UnknownMailbox,
    AmbiguousIdentity,
    ContradictoryIdentity,
    NamedTwice,
    ForeignDomain,
    UnknownPlan,
    NoPod,
}

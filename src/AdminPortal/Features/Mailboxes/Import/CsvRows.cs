using System.Text;
using AdminPortal.Hosting;
using CsvHelper;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// The rows of one file, one at a time, as cells of UTF-8. CsvHelper splits them; what it cannot split becomes a <see cref="Problem"/>
/// instead of an exception, and a broken file simply ends.
/// </summary>
internal sealed class CsvRows : IAsyncDisposable
{
    private readonly CsvText text;
    private readonly CsvReader reader;
    private string? malformed;

    private CsvRows(CsvText text, ImportLimits limits)
    {
        this.text = text;
        reader = CsvReader.Create(text.Stream, new CsvReaderOptions
        {
            HasHeader = false,
            Separator = text.Separator,
            Encoding = Encoding.UTF8,
            TrackLineNumbers = true,
            MaxRecordSize = limits.MaxRowBytes,
            OnMalformedRecord = record => malformed = record.RawRecord,
        });
    }

    public static async ValueTask<CsvRows> OpenAsync(Stream upload, ImportLimits limits, CancellationToken cancellationToken) =>
        new(await CsvText.OpenAsync(upload, limits, cancellationToken), limits);

    public char Separator => text.Separator;

    /// <summary>What is wrong with the current row; null when it is well formed.</summary>
    public ImportProblem? Problem { get; private set; }

    /// <summary>Whether the problem makes the rest of the file unreadable.</summary>
    public bool Broken { get; private set; }

    public int Line { get; private set; }
    public int CellCount => reader.FieldCount;

    /// <summary>A cell without its quotes and without the guard against formulas; valid until the next row.</summary>
    public ReadOnlySpan<byte> Cell(int index) => FormulaGuard.Undo(reader.GetSpan(index));

    public string CellText(int index) => Encoding.UTF8.GetString(Cell(index));

    /// <summary>Steps to the next row that is not empty. False at the end, and when the file is <see cref="Broken"/>.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        malformed = null;
        Problem = null;
        try
        {
            if (!await reader.ReadAsync(cancellationToken))
                return false;
        }
        catch (UnreadableFileException unreadable)
        {
            return Break(unreadable.Problem);
        }
        catch (CsvFormatException tooLong)
        {
            return Break(ExplainTooLong(tooLong));
        }

        Line = (int)reader.LineNumber;
        if (malformed is not null)
            Problem = QuoteTrouble.Explain(malformed, Line, text.Separator);
        return Problem?.Kind != ImportProblemKind.UnclosedQuote || Break(Problem);
    }

    private bool Break(ImportProblem problem)
    {
        Problem = problem;
        Broken = true;
        return false;
    }

    // Most rows that do not end are an unclosed quote; what has passed so far tells where it opened.
    private ImportProblem ExplainTooLong(CsvFormatException tooLong)
    {
        var line = (int)tooLong.LineNumber;
        var row = Encoding.UTF8.GetString(text.Stream.Since(tooLong.ByteOffset));
        return QuoteTrouble.Explain(row, line, text.Separator) is { Kind: ImportProblemKind.UnclosedQuote } unclosed
            ? unclosed
            : new ImportProblem(ImportProblemKind.RowTooLong, line) { Number = reader.Options.MaxRecordSize };
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}

using CsvHelper;

namespace AdminPortal.Hosting;

/// <summary>
/// Writes CSV that a spreadsheet may open: UTF-8 with a byte-order mark (without it Excel takes the bytes for the local code page), RFC 4180,
/// and no cell that runs as a formula. Reading it back gives every text exactly.
/// </summary>
internal sealed class SafeCsvWriter(Stream output) : IAsyncDisposable
{
    private readonly CsvWriter writer = CsvWriter.Create(output, new CsvWriterOptions { WriteByteOrderMark = true }, leaveOpen: true);

    /// <summary>Writes a cell; null is an empty one.</summary>
    public void Write(string? text)
    {
        if (text is not null && FormulaGuard.Needs(text))
            writer.WriteField(FormulaGuard.Protect(text), CsvQuoting.Always);
        else
            writer.WriteField(text);
    }

    /// <summary>Ends the row; bytes leave when the buffer is nearly full.</summary>
    public ValueTask EndRowAsync(CancellationToken cancellationToken) => writer.EndRecordAsync(cancellationToken);

    /// <summary>Writes a whole row.</summary>
    public ValueTask WriteRowAsync(ReadOnlySpan<string?> cells, CancellationToken cancellationToken)
    {
        foreach (var cell in cells)
            Write(cell);
        return EndRowAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}

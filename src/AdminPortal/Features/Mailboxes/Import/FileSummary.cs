namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What reading a file told about it as a whole; kept with its rows.</summary>
/// <param name="Shape">Where it seems to come from.</param>
/// <param name="Columns">What is used, and what the file calls it, in the file's order.</param>
/// <param name="Ignored">What is not used.</param>
/// <param name="Rows">All rows, refused ones included.</param>
/// <param name="RefusedRows">Those that the reader refused.</param>
internal sealed record FileSummary(
    ImportShape Shape, IReadOnlyDictionary<MailboxColumn, string> Columns, IReadOnlyList<IgnoredColumn> Ignored, int Rows, int RefusedRows)
{
    /// <summary>Whether the file has a column that this key is read from.</summary>
    public bool Has(MailboxColumn key) => NameOf(key) is not null;

    /// <summary>What the file calls the column that this key is read from: a primary address may come from EmailAddresses.</summary>
    public string? NameOf(MailboxColumn key) =>
        Columns.GetValueOrDefault(key) ?? (key == MailboxColumn.Address ? Columns.GetValueOrDefault(MailboxColumn.Aliases) : null);

    /// <summary>Reads a file to its end, writes its rows, and tells what it was, or why it cannot be used at all.</summary>
    public static async Task<(FileSummary? File, ImportProblem? Broken)> OfAsync(
        IAsyncEnumerable<ImportItem> items, StagedRows staged, CancellationToken cancellationToken)
    {
        ImportItem.Header? header = null;
        var ignored = new List<IgnoredColumn>();
        var (rows, refused) = (0, 0);
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            switch (item)
            {
                case ImportItem.Broken broken:
                    return (null, broken.Problem);
                case ImportItem.Header found:
                    header = found;
                    ignored.AddRange(found.Ignored);
                    break;
                case ImportItem.Notice notice:
                    ignored.Add(notice.Column);
                    break;
                default:
                    rows++;
                    refused += item is ImportItem.Refused ? 1 : 0;
                    break;
            }
            await staged.WriteAsync(item, cancellationToken);
        }
        await staged.CompleteAsync(cancellationToken);
        return (new FileSummary(header!.Shape, header.Columns, ignored, rows, refused), null);
    }
}

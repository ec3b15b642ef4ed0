using System.Runtime.CompilerServices;
using System.Text;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// Reads a CSV of mailboxes, as Exchange or this portal writes it, one row at a time and in constant memory. It asks nothing of the database:
/// whether a mailbox exists, is ambiguous, or is named by two rows is decided where the rows are compared.
/// </summary>
internal static class MailboxCsvReader
{
    /// <param name="upload">The file; read to its end, not closed.</param>
    /// <param name="action">What a list of addresses is for; null when the file itself says what to set.</param>
    /// <param name="limits">How much may be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<ImportItem> ReadAsync(
        Stream upload, ImportAction? action, ImportLimits limits, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (rows, unreadable) = await OpenAsync(upload, limits, cancellationToken);
        if (rows is null)
        {
            yield return new ImportItem.Broken(unreadable!);
            yield break;
        }

        await using (rows)
        {
            var (header, broken) = await ReadHeaderAsync(rows, action, cancellationToken);
            if (header is null)
            {
                yield return new ImportItem.Broken(broken!);
                yield break;
            }

            var columns = header.Columns;
            yield return new ImportItem.Header(columns.Shape, rows.Separator, columns.Used, columns.Ignored);

            var reader = new MailboxRowReader(columns, action);
            var count = 0;
            for (var more = header.IsData || await rows.NextAsync(cancellationToken); more; more = await rows.NextAsync(cancellationToken))
            {
                if (MailboxRowReader.IsBlank(rows))
                    continue;
                if (++count > limits.MaxRows)
                {
                    yield return new ImportItem.Broken(new ImportProblem(ImportProblemKind.TooManyRows, rows.Line) { Number = limits.MaxRows });
                    yield break;
                }

                var item = reader.Read(rows);
                if (reader.TakeNotice() is { } notice)
                    yield return notice;
                yield return item;
            }

            if (rows.Broken)
                yield return new ImportItem.Broken(rows.Problem!);
        }
    }

    private sealed record HeaderRow(MailboxColumns Columns, bool IsData);

    private static async ValueTask<(CsvRows?, ImportProblem?)> OpenAsync(Stream upload, ImportLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            return (await CsvRows.OpenAsync(upload, limits, cancellationToken), null);
        }
        catch (UnreadableFileException unreadable)
        {
            return (null, unreadable.Problem);
        }
    }

    private static async ValueTask<(HeaderRow?, ImportProblem?)> ReadHeaderAsync(CsvRows rows, ImportAction? action, CancellationToken cancellationToken)
    {
        do
        {
            if (!await rows.NextAsync(cancellationToken))
                return (null, rows.Problem ?? new ImportProblem(ImportProblemKind.Empty, Line: null));
        }
        while (IsPrelude(rows));
        return rows.Problem is { } problem ? (null, problem) : Understand(rows, action);
    }

    /// <summary>What may stand above the header: PowerShell's type, Excel's separator, lines of nothing.</summary>
    private static bool IsPrelude(CsvRows rows)
    {
        var first = rows.Cell(0);
        return Starts(first, "#TYPE"u8) || Starts(first, "sep="u8) || MailboxRowReader.IsBlank(rows);
    }

    private static bool Starts(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && Ascii.EqualsIgnoreCase(text[..start.Length], start);

    private static (HeaderRow?, ImportProblem?) Understand(CsvRows rows, ImportAction? action)
    {
        var names = new string[rows.CellCount];
        for (var i = 0; i < names.Length; i++)
            names[i] = rows.CellText(i).Trim();

        var isList = names.Length == 1;
        if (isList && action is null)
            return (null, new ImportProblem(ImportProblemKind.ListNeedsAction, rows.Line));
        if (isList && names[0].Contains('@'))
            return (new HeaderRow(MailboxColumns.ListOfAddresses(""), IsData: true), null);

        var (columns, problem) = MailboxColumns.Understand(names, rows.Line);
        if (columns is null)
            return (null, problem);
        if (isList && !columns.NamesMailboxes)
            columns = MailboxColumns.ListOfAddresses(names[0]);
        return Refuse(columns, rows.Line, action) is { } refused ? (null, refused) : (new HeaderRow(columns, IsData: false), null);
    }

    private static ImportProblem? Refuse(MailboxColumns columns, int line, ImportAction? action)
    {
        if (!columns.NamesMailboxes)
            return new ImportProblem(ImportProblemKind.NoIdentityColumn, line);
        if (action is not null && columns.FirstSetting is { } setting)
            return new ImportProblem(ImportProblemKind.ActionNeedsList, line) { Column = setting };
        return null;
    }
}

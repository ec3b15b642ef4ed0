using System.Text;
using AdminPortal.Data;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Turns the cells of one row into what it asks for, or into the reason why it cannot be used.</summary>
internal sealed class MailboxRowReader(MailboxColumns columns, ImportAction? action)
{
    private const int LongestName = 256;
    private const int LongestIdentity = 1024;

    private bool typeNameReported;
    private ImportItem.Notice? notice;

    public static bool IsBlank(CsvRows rows)
    {
        if (rows.Problem is not null)
            return false;
        for (var i = 0; i < rows.CellCount; i++)
            if (!CellValues.Trim(rows.Cell(i)).IsEmpty)
                return false;
        return true;
    }

    /// <summary>What the last row revealed about a column, once.</summary>
    public ImportItem.Notice? TakeNotice()
    {
        var taken = notice;
        notice = null;
        return taken;
    }

    public ImportItem Read(CsvRows rows)
    {
        if ((rows.Problem ?? RefuseRagged(rows)) is { } malformed)
            return new ImportItem.Refused(malformed);

        var row = new ImportRow { Line = rows.Line };
        if (action is not null)
            (row.Pop3, row.Imap, row.Smtp) = (action.Pop3, action.Imap, action.Smtp);

        var count = Math.Min(rows.CellCount, columns.Count);
        for (var i = 0; i < count; i++)
            if (columns[i] != MailboxColumn.Ignored && Take(rows.Cell(i), columns[i], row, i) is { } problem)
                return new ImportItem.Refused(problem);

        // Only now is the primary address known for certain: its own column may come after EmailAddresses, and wins.
        if (row.Address is { } primary && row.Aliases.Contains(primary))
            row.Aliases = [.. row.Aliases.Where(alias => alias != primary)];
        return row.NamesAMailbox
            ? new ImportItem.Row(row)
            : new ImportItem.Refused(new ImportProblem(ImportProblemKind.NoIdentity, rows.Line));
    }

    // Excel leaves out separators at the end of a row. That is harmless where the missing cells mean nothing here; where they set a protocol,
    // nobody can tell "inherit" from a line cut short.
    private ImportProblem? RefuseRagged(CsvRows rows)
    {
        if (rows.CellCount > columns.Count)
            return new ImportProblem(ImportProblemKind.TooManyCells, rows.Line) { Number = columns.Count, Value = rows.CellText(columns.Count) };
        for (var i = rows.CellCount; i < columns.Count; i++)
            if (MailboxColumns.IsSetting(columns[i]))
                return new ImportProblem(ImportProblemKind.TooFewCells, rows.Line) { Number = columns.Count, Column = columns.NameOf(i) };
        return null;
    }

    private ImportProblem? Take(ReadOnlySpan<byte> cell, MailboxColumn column, ImportRow row, int index)
    {
        switch (column)
        {
            case MailboxColumn.Pop3:
                return TakeSetting(CellValues.Setting(cell), cell, row, index, static (row, setting) => row.Pop3 = setting);
            case MailboxColumn.Imap:
                return TakeSetting(CellValues.Setting(cell), cell, row, index, static (row, setting) => row.Imap = setting);
            case MailboxColumn.Smtp:
                return TakeSetting(CellValues.Setting(cell), cell, row, index, static (row, setting) => row.Smtp = setting);
            case MailboxColumn.SmtpDisabled:
                return TakeSetting(CellValues.InvertedSetting(cell), cell, row, index, static (row, setting) => row.Smtp = setting);
            case MailboxColumn.Address:
                return TakeAddress(cell, row, index, static (row, address) => row.Address = address);
            case MailboxColumn.UserPrincipalName:
                return TakeAddress(cell, row, index, static (row, address) => row.UserPrincipalName = address);
            case MailboxColumn.ExternalDirectoryObjectId:
                return TakeGuid(cell, row, index, static (row, guid) => row.ExternalDirectoryObjectId = guid);
            case MailboxColumn.ExchangeGuid:
                return TakeGuid(cell, row, index, static (row, guid) => row.ExchangeGuid = guid);
            case MailboxColumn.Aliases:
                return TakeAliases(cell, row, index);
            case MailboxColumn.Plan:
                row.Plan = Encoding.UTF8.GetString(CellValues.Trim(cell));
                return TooLong(row.Plan, LongestName, row, index);
            case MailboxColumn.Identity:
                row.Identity = TextOrNull(CellValues.Trim(cell));
                return TooLong(row.Identity, LongestIdentity, row, index);
            case MailboxColumn.Name:
                row.Name = TextOrNull(CellValues.Trim(cell));
                return TooLong(row.Name, LongestName, row, index);
            case MailboxColumn.DisplayName:
                // Kept to the letter, blanks included, so that what was exported comes back the same.
                row.DisplayName = TextOrNull(cell);
                return TooLong(row.DisplayName, LongestName, row, index);
            default:
                return null;
        }
    }

    private ImportProblem? TakeSetting(
        AccessSetting? setting, ReadOnlySpan<byte> cell, ImportRow row, int index, Action<ImportRow, AccessSetting> put)
    {
        if (setting is null)
            return Problem(ImportProblemKind.BadValue, cell, row, index);
        put(row, setting.Value);
        return null;
    }

    private ImportProblem? TakeAddress(ReadOnlySpan<byte> cell, ImportRow row, int index, Action<ImportRow, string> put)
    {
        cell = CellValues.Trim(cell);
        if (cell.IsEmpty)
            return null;
        if (MailAddressName.Normalise(Encoding.UTF8.GetString(cell)) is not { } address)
            return Problem(ImportProblemKind.BadAddress, cell, row, index);
        put(row, address);
        return null;
    }

    private ImportProblem? TakeGuid(ReadOnlySpan<byte> cell, ImportRow row, int index, Action<ImportRow, Guid> put)
    {
        cell = CellValues.Trim(cell);
        if (cell.IsEmpty)
            return null;
        if (!CellValues.TryGuid(cell, out var guid))
            return Problem(ImportProblemKind.BadGuid, cell, row, index);
        // All zeros is how Exchange writes "none".
        if (guid != Guid.Empty)
            put(row, guid);
        return null;
    }

    private ImportProblem? TakeAliases(ReadOnlySpan<byte> cell, ImportRow row, int index)
    {
        var text = Encoding.UTF8.GetString(cell);
        if (ProxyAddresses.IsTypeName(text))
        {
            if (!typeNameReported)
                notice = new ImportItem.Notice(new IgnoredColumn(columns.NameOf(index), IgnoredBecause.TypeNameInsteadOfValues));
            typeNameReported = true;
            return null;
        }

        if (ProxyAddresses.Read(text, out var primary, out var all) is { } culprit)
            return new ImportProblem(ImportProblemKind.BadAddress, row.Line) { Column = columns.NameOf(index), Value = culprit };
        row.Address ??= primary;
        row.Aliases = all;
        return null;
    }

    private ImportProblem? TooLong(string? text, int longest, ImportRow row, int index) =>
        text?.Length > longest
            ? new ImportProblem(ImportProblemKind.ValueTooLong, row.Line) { Column = columns.NameOf(index), Value = text, Number = longest }
            : null;

    private ImportProblem Problem(ImportProblemKind kind, ReadOnlySpan<byte> cell, ImportRow row, int index) =>
        new(kind, row.Line) { Column = columns.NameOf(index), Value = Encoding.UTF8.GetString(cell) };

    private static string? TextOrNull(ReadOnlySpan<byte> cell) => cell.IsEmpty ? null : Encoding.UTF8.GetString(cell);
}

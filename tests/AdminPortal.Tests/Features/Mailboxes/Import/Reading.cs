using AdminPortal.Hosting;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.Mailboxes.Import;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

/// <summary>Reads a file twice, whole and in dribbles of seven bytes, and insists that both tell the same.</summary>
internal sealed record Reading(IReadOnlyList<ImportItem> Items)
{
    public static async Task<Reading> Of(string file, ImportAction? action = null, ImportLimits? limits = null) =>
        await Of(Encoding.UTF8.GetBytes(file), action, limits);

    public static async Task<Reading> Of(byte[] file, ImportAction? action = null, ImportLimits? limits = null)
    {
        var whole = await ReadAsync(new MemoryStream(file), action, limits);
        var dribbled = await ReadAsync(new DribblingStream(file), action, limits);
        Assert.Equal(whole.Select(Told), dribbled.Select(Told));
        return new Reading(whole);
    }

    public ImportItem.Header Header => Items.OfType<ImportItem.Header>().Single();
    public IReadOnlyList<ImportRow> Rows => [.. Items.OfType<ImportItem.Row>().Select(row => row.Content)];
    public IReadOnlyList<ImportProblem> Refused => [.. Items.OfType<ImportItem.Refused>().Select(refused => refused.Problem)];

    /// <summary>The one row of a file in which nothing else is remarkable.</summary>
    public ImportRow OnlyRow
    {
        get
        {
            Assert.Collection(Items, item => Assert.IsType<ImportItem.Header>(item), item => Assert.IsType<ImportItem.Row>(item));
            return Rows[0];
        }
    }

    /// <summary>The problem of a file that cannot be used; nothing comes after it.</summary>
    public ImportProblem Broken => Assert.IsType<ImportItem.Broken>(Items[^1]).Problem;

    public static string Settings(ImportRow row) => $"{Word(row.Pop3)} {Word(row.Imap)} {Word(row.Smtp)}";

    private static string Word(AccessSetting? setting) => setting?.ToString() ?? "-";

    private static async Task<List<ImportItem>> ReadAsync(Stream file, ImportAction? action, ImportLimits? limits)
    {
        var items = new List<ImportItem>();
        await foreach (var item in MailboxCsvReader.ReadAsync(file, action, limits ?? new ImportLimits(), TestContext.Current.CancellationToken))
            items.Add(item);
        return items;
    }

    private static string Told(ImportItem item) => item switch
    {
        ImportItem.Row { Content: var row } =>
            $"{row.Line} {row.ExternalDirectoryObjectId} {row.ExchangeGuid} {row.Address} {row.UserPrincipalName} {row.Identity} {row.Name} "
            + $"{row.DisplayName} {row.Plan} {string.Join('+', row.Aliases)} {Settings(row)}",
        ImportItem.Header header => $"{header.Shape} {header.Separator} {string.Join('+', header.Used)} {string.Join('+', header.Ignored)}",
        _ => item.ToString(),
    };

    /// <summary>A connection at its worst: seven bytes at a time, so that every character and every quote is cut somewhere.</summary>
    private sealed class DribblingStream(byte[] file) : MemoryStream(file)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(7, buffer.Length)], cancellationToken);
    }
}

using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using CsCheck;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed class FormulaGuardTests
{
    // Texts made of what hurts: formula signs, guards, quotes, separators, line breaks, letters of several lengths.
    private static readonly Gen<string> Nasty =
        Gen.OneOf("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'", "\"", ",", ";", " ", "a", "É", "🐈", "\u00a0", "#TYPE", "sep=")
            .Array[0, 6].Select(string.Concat);

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@SUM(A1)")]
    [InlineData("\t=1")]
    [InlineData("\r=1")]
    [InlineData("\n=1")]
    [InlineData("＝1")]
    [InlineData("＋1")]
    [InlineData("－1")]
    [InlineData("＠x")]
    public async Task Text_that_a_spreadsheet_would_run_leaves_with_an_apostrophe_and_in_quotes(string text)
    {
        var written = Encoding.UTF8.GetString(await WriteAsync([text, "plain"]));

        Assert.Equal($"\uFEFF\"'{text}\",plain\r\n", written);
    }

    [Fact]
    public void Undoing_the_guard_gives_every_text_back_and_never_leaves_a_formula()
    {
        Nasty.Sample(text =>
        {
            var guarded = FormulaGuard.Protect(text);
            Assert.Equal(text, FormulaGuard.Undo(guarded));
            Assert.Equal(text, Encoding.UTF8.GetString(FormulaGuard.Undo(Encoding.UTF8.GetBytes(guarded))));
            Assert.False(guarded is [('=' or '+' or '-' or '@' or '\t' or '\r' or '\n'), ..]);
        });
    }

    [Fact]
    public async Task What_the_writer_writes_the_reader_reads()
    {
        var rows = Gen.Select(Nasty, Gen.Enum<AccessSetting>(), Gen.Enum<AccessSetting>(), (name, pop3, smtp) => (name, pop3, smtp))
            .Array[1, 8];

        await rows.SampleAsync(async rows =>
        {
            var cells = rows.SelectMany((row, i) => (string?[])[$"user{i}@contoso.example", row.name, Word(row.pop3), Word(row.smtp)]);
            var file = await WriteAsync(["address", "displayName", "pop3", "smtp", .. cells], width: 4);

            var reading = await Reading.Of(file);

            Assert.Equal(
                rows.Select((row, i) => ($"user{i}@contoso.example", row.name, (AccessSetting?)row.pop3, (AccessSetting?)row.smtp)),
                reading.Rows.Select(row => (row.Address!, row.DisplayName ?? "", row.Pop3, row.Smtp)));
        }, iter: 300);
    }

    private static string Word(AccessSetting setting) => setting.ToString().ToLowerInvariant();

    private static async Task<byte[]> WriteAsync(string?[] cells, int width = 0)
    {
        using var output = new MemoryStream();
        await using (var writer = new SafeCsvWriter(output))
            foreach (var row in cells.Chunk(width > 0 ? width : cells.Length))
                await writer.WriteRowAsync(row, TestContext.Current.CancellationToken);
        return output.ToArray();
    }
}

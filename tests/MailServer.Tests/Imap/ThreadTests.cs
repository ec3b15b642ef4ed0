using System.Globalization;
using AdminPortal.MailServer;
using AdminPortal.MailServer.Imap;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>THREAD (RFC 5256).</summary>
public sealed class ThreadTests : ImapStories
{
    [Fact]
    public async Task Messages_are_threaded_over_the_wire()
    {
        await using var server = new TestServer();
        foreach (var (id, subject, references) in new[] { ("a", "Plans", ""), ("b", "Re: Plans", "<a@x>"), ("c", "Re: Plans", "<a@x>"), ("d", "Lunch", ""), ("e", "Re: Plans", "<a@x> <b@x>") })
            server.Backend.Deliver(TestServer.Alice, $"Subject: {subject}\nMessage-ID: <{id}@x>\nReferences: {references}\n\n");
        var client = await SelectedAsync(server);

        Assert.Equal("* THREAD (1 (2 5)(3))(4)", (await client.ImapAsync("1 THREAD REFERENCES UTF-8 ALL"))[0]);
        Assert.Equal("* THREAD (1 (2)(3)(5))(4)", (await client.ImapAsync("2 UID THREAD ORDEREDSUBJECT UTF-8 ALL"))[0]);
        Assert.Equal("* THREAD", (await client.ImapAsync("3 THREAD REFERENCES UTF-8 DRAFT"))[0]);
        Assert.Equal("4 BAD Unknown algorithm", (await client.ImapAsync("4 THREAD REFS UTF-8 ALL"))[0]);
        Assert.Equal("5 NO [BADCHARSET (UTF-8)] Search in UTF-8", (await client.ImapAsync("5 THREAD REFERENCES KOI8-R ALL"))[0]);
    }

    [Theory]
    // A parent that is not here holds its children together at the top, and nowhere else.
    [InlineData("a/x/,b/y/", "(1)(2)")]
    [InlineData("a/x/p,b/y/p", "((1)(2))")]
    [InlineData("a/x/p", "(1)")]
    [InlineData("a/x/,b/x/a p,c/x/a q", "(1 (2)(3))")]
    // Subjects join what references do not.
    [InlineData("a/x/,b/+x/", "(1 2)")]
    [InlineData("a/+x/,b/x/", "(2 1)")]
    [InlineData("a/x/,b/x/", "((1)(2))")]
    [InlineData("a/x/,b/x/,c/x/", "((1)(2)(3))")]
    [InlineData("a/+x/,b/+x/", "((1)(2))")]
    [InlineData("a/x/p,b/x/p,c/x/q,d/x/q", "((1)(2)(3)(4))")]
    [InlineData("a/x/p,b/x/p,c/+x/", "((1)(2)(3))")]
    [InlineData("a//,b//", "(1)(2)")]
    // Circles are broken, doubles stand alone.
    [InlineData("a/x/a", "(1)")]
    [InlineData("a/x/b,b/y/a", "(2 1)")]
    [InlineData("a/x/c,b/y/a,c/z/b", "(3 1 2)")]
    [InlineData("a/x/,a/y/,b/z/a", "(1 3)(2)")]
    // The chain of another's references holds where nobody said better.
    [InlineData("c/x/a b,b/y/", "(2 1)")]
    [InlineData("c/x/a b,a/y/,b/z/", "(2 3 1)")]
    public void Messages_find_their_threads(string messages, string expected) =>
        Assert.Equal(expected, Told(ThreadForest.ByReferences([.. messages.Split(',').Select((m, i) => Facts(i + 1, m.Split('/')))])));

    [Fact]
    public void A_thread_as_long_as_a_mailbox_and_as_crooked_as_can_be_is_no_trouble()
    {
        const int length = 100_000;
        var straight = Enumerable.Range(1, length).Select(n => Facts(n, [$"m{n}", "x", n > 1 ? $"m{n - 1}" : ""])).ToList();
        var backwards = Enumerable.Range(1, length).Select(n => Facts(n, [$"m{n}", "x", $"m{n + 1}"])).ToList();
        var alike = Enumerable.Range(1, length).Select(n => Facts(n, [$"m{n}", "x", ""])).ToList();

        Assert.Single(ThreadForest.ByReferences(straight));
        Assert.Single(ThreadForest.ByReferences(backwards));
        Assert.Equal(length, Assert.Single(ThreadForest.ByReferences(alike)).Children.Count);
    }

    private static SortFacts Facts(int number, string[] parts) => new(
        new Numbered(number, new MessageSummary((uint)number, MessageFlags.None, [], DateTimeOffset.UnixEpoch, 1, 1)),
        DateTimeOffset.UnixEpoch.AddMinutes(number), parts[1].TrimStart('+'), parts[1].StartsWith('+'), "", "", "", parts[0],
        parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Told(IEnumerable<ThreadNode> nodes) => string.Concat(nodes.Select(node => $"({Inner(node)})"));

    private static string Inner(ThreadNode node)
    {
        var own = node.Facts is { } facts ? facts.Message.Number.ToString(CultureInfo.InvariantCulture) : "";
        return node.Children.Count == 0 ? own
            : own.Length > 0 && node.Children is [var only] ? $"{own} {Inner(only)}"
            : $"{own}{(own.Length > 0 ? " " : "")}{Told(node.Children)}";
    }
}

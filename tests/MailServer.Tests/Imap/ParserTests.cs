using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using AdminPortal.MailServer.Imap;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>The small grammars that everything else stands on.</summary>
public sealed class ParserTests
{
    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("Entwürfe", "Entw&APw-rfe")]
    [InlineData("R&D", "R&-D")]
    [InlineData("台北", "&U,BTFw-")]
    [InlineData("😀 x", "&2D3eAA- x")]
    public void Modified_utf7_goes_both_ways(string name, string encoded)
    {
        Assert.Equal(encoded, ModifiedUtf7.Encode(name));
        Assert.Equal(name, ModifiedUtf7.Decode(Encoding.ASCII.GetBytes(encoded)));
    }

    [Theory]
    [InlineData("&")]
    [InlineData("&AOk")]
    [InlineData("&AGE-")]
    [InlineData("&AOk-&AOk-")]
    [InlineData("&2D0-")]
    [InlineData("&!-")]
    [InlineData("a\tb")]
    [InlineData("é")]
    public void What_could_be_spelled_two_ways_or_is_no_text_is_refused(string encoded) =>
        Assert.Null(ModifiedUtf7.Decode(Encoding.UTF8.GetBytes(encoded)));

    [Theory]
    [InlineData("*", "a/b", true)]
    [InlineData("%", "a/b", false)]
    [InlineData("%/%", "a/b", true)]
    [InlineData("a%", "abc", true)]
    [InlineData("a*c", "a/b/c", true)]
    [InlineData("a*c", "a/b/d", false)]
    [InlineData("", "", true)]
    [InlineData("*%", "x", true)]
    public void A_list_pattern_matches(string pattern, string name, bool expected) =>
        Assert.Equal(expected, new ListPattern(pattern).Matches(name));

    [Fact]
    public void A_list_pattern_says_what_a_regular_expression_says()
    {
        var random = new Random(1);
        for (var round = 0; round < 2_000; round++)
        {
            var pattern = Word(random, "ab/*%", 90);
            var name = random.Next(2) == 0 ? Word(random, "ab/", 90) : pattern.Replace('*', 'b').Replace("%", "ab", StringComparison.Ordinal);
            var expression = $"^{pattern.Replace("*", ".*", StringComparison.Ordinal).Replace("%", "[^/]*", StringComparison.Ordinal)}$";
            Assert.Equal(
                Regex.IsMatch(name, expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), new ListPattern(pattern).Matches(name));
        }

        static string Word(Random random, string letters, int longest) =>
            string.Concat(Enumerable.Range(0, random.Next(longest)).Select(_ => letters[random.Next(letters.Length)]));
    }

    [Fact]
    public void The_worst_pattern_costs_no_more_than_its_length_times_the_names()
    {
        var watch = Stopwatch.StartNew();
        Assert.False(new ListPattern(string.Concat(Enumerable.Repeat("*a", 250)) + "b").Matches(new string('a', 255)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("1", 5u, "1-1")]
    [InlineData("3:1", 5u, "1-3")]
    [InlineData("4:*,2", 5u, "2-2 4-5")]
    [InlineData("7,1:3,2:5,6", 9u, "1-7")]
    [InlineData("*:9", 5u, "5-9")]
    [InlineData("1:4294967295", 5u, "1-4294967295")]
    public void A_sequence_set_is_read_as_ranges(string text, uint greatest, string expected) =>
        Assert.Equal(expected, string.Join(' ', SequenceSet.Parse(text).Upto(greatest).Ranges.Select(r => $"{r.From}-{r.To}")));

    [Theory]
    [InlineData("0")]
    [InlineData("1:")]
    [InlineData("1,,2")]
    [InlineData("4294967296")]
    [InlineData("1:2:3")]
    public void What_is_no_sequence_set_is_refused(string text) =>
        Assert.Throws<ImapSyntaxException>(() => SequenceSet.Parse(text));

    [Fact]
    public void Uids_are_written_as_runs() => Assert.Equal("1:3,7,9:10", SequenceSet.Format([1, 2, 3, 7, 9, 10]));

    internal const string Nested =
        "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n--b\nContent-Type: text/plain; charset=utf-8\n\nhello\nworld\n"
        + "--b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\nContent-Type: text/html\n\n"
        + "<p>\n--c--\n--b\nContent-Type: application/pdf; name=x.pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=x.pdf\n\nAAAA\n--b--\n";

    [Theory]
    [InlineData("1", SectionText.Whole, "hello\nworld")]
    [InlineData("1", SectionText.Mime, "Content-Type: text/plain; charset=utf-8\n\n")]
    [InlineData("2", SectionText.Header, "Subject: inner\nContent-Type: multipart/alternative; boundary=c\n\n")]
    [InlineData("2.1", SectionText.Whole, "plain")]
    [InlineData("2.2", SectionText.Whole, "<p>")]
    [InlineData("2.2", SectionText.Mime, "Content-Type: text/html\n\n")]
    [InlineData("3", SectionText.Whole, "AAAA")]
    [InlineData("4", SectionText.Whole, null)]
    [InlineData("1.1", SectionText.Whole, null)]
    [InlineData("1", SectionText.Text, null)]
    [InlineData("2.1.1", SectionText.Whole, null)]
    internal void Parts_are_found_by_their_numbers(string path, SectionText text, string? expected)
    {
        var message = new MessageParts(Encoding.UTF8.GetBytes(Nested.ReplaceLineEndings("\r\n")));
        var found = message.Find(new Section([.. path.Split('.').Select(int.Parse)], text, []));
        Assert.Equal(expected?.ReplaceLineEndings("\r\n"), found is { } octets ? Encoding.UTF8.GetString(octets.Span) : null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header at all")]
    [InlineData("\r\n")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")]
    [InlineData("Content-Type: message/rfc822\r\n\r\n")]
    [InlineData("Content-Type: ;;;\r\n\r\n\0\0")]
    public void A_message_that_is_hardly_one_still_has_a_structure(string message) =>
        Assert.NotNull(new MessageParts(Encoding.UTF8.GetBytes(message)).Root.Content);

    [Fact]
    public void Nesting_without_end_is_not_followed()
    {
        var message = string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\r\n\r\n", 10_000)) + "Subject: deep\r\n\r\n";
        Assert.NotNull(new MessageParts(Encoding.UTF8.GetBytes(message)).Root.Content);
    }
}

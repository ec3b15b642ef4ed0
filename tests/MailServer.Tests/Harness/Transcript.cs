using System.Text;
using AdminPortal.MailServer;
using Xunit;

namespace AdminPortal.MailServerTests.Harness;

/// <summary>
/// A test as a conversation: lines that begin with <c>C: </c> are sent, lines that begin with <c>S: </c> are expected, <c>…</c> in an
/// expected line stands for any text, other lines are remarks. Every transcript is played several times, because nothing may depend on
/// how the network cuts the octets: line by line, all at once, one octet at a time, and cut at random.
/// </summary>
internal static class Transcript
{
    public static async Task PlayAsync(
        MailProtocol protocol, string text, Action<TestServer>? prepare = null, Action<MailServerOptions>? configure = null, bool secure = true)
    {
        await PlayAsync(new TestServer(configure), protocol, text, prepare, secure, oneOctetAtATime: false, ByLine(text));
        await PlayAsync(new TestServer(configure), protocol, text, prepare, secure, oneOctetAtATime: false, [Sent(text)]);
        await PlayAsync(new TestServer(configure), protocol, text, prepare, secure, oneOctetAtATime: true, [Sent(text)]);
        foreach (var seed in Enumerable.Range(1, 5))
            await PlayAsync(new TestServer(configure), protocol, text, prepare, secure, oneOctetAtATime: false, Cut(Sent(text), new Random(seed)));
    }

    private static async Task PlayAsync(
        TestServer server, MailProtocol protocol, string text, Action<TestServer>? prepare, bool secure, bool oneOctetAtATime,
        IEnumerable<byte[]> pieces)
    {
        await using var _ = server;
        prepare?.Invoke(server);
        var client = server.Connect(protocol, secure, oneOctetAtATime);
        var reading = client.ReadToEndAsync();
        foreach (var piece in pieces)
        {
            foreach (var part in oneOctetAtATime ? piece.Chunk(1) : [piece])
                await client.SendAsync(part);
            await Task.Yield();
        }

        await client.HangUpAsync();
        Compare(Expected(text), await reading);
        await client.Closed;
        Assert.Empty(server.Log.Errors);
    }

    private static void Compare(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        for (var index = 0; index < expected.Count; index++)
            if (index >= actual.Count || !Matches(expected[index], actual[index]))
                Assert.Fail($"Line {index + 1}: expected\n  {expected[index]}\nwas\n  {actual.ElementAtOrDefault(index) ?? "(end)"}\nin\n{string.Join('\n', actual)}");
        Assert.True(actual.Count == expected.Count, $"More than expected:\n{string.Join('\n', actual.Skip(expected.Count))}");
    }

    private static bool Matches(string expected, string actual)
    {
        var parts = expected.Split('…');
        if (parts.Length == 1)
            return expected == actual;
        var at = parts[0].Length;
        if (!actual.StartsWith(parts[0], StringComparison.Ordinal) || !actual.EndsWith(parts[^1], StringComparison.Ordinal))
            return false;
        foreach (var part in parts[1..^1])
        {
            var found = actual.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at = found + part.Length;
        }

        return at <= actual.Length - parts[^1].Length;
    }

    private static IEnumerable<string> Lines(string text, string mark) =>
        text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimStart())
            .Where(line => line.StartsWith(mark, StringComparison.Ordinal))
            .Select(line => line.Length > 2 ? line[3..] : "");

    private static IReadOnlyList<string> Expected(string text) => [.. Lines(text, "S:")];

    private static IEnumerable<byte[]> ByLine(string text) => Lines(text, "C:").Select(line => Encoding.UTF8.GetBytes(line + "\r\n"));

    private static byte[] Sent(string text) => [.. ByLine(text).SelectMany(line => line)];

    private static IEnumerable<byte[]> Cut(byte[] octets, Random random)
    {
        for (var at = 0; at < octets.Length;)
        {
            var next = Math.Min(octets.Length, at + random.Next(1, 40));
            yield return octets[at..next];
            at = next;
        }
    }
}

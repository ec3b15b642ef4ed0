using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Wire;

/// <summary>A conversation that is taken down: both sides, and nothing secret and nothing of a message.</summary>
public sealed class TranscriptTests
{
    private const string Secret = "hunter2hunter2";

    [Fact]
    public async Task An_IMAP4_session_is_taken_down_without_sign_ins_literals_and_messages()
    {
        await using var server = Server(out var kept);
        server.Backend.Deliver(TestServer.Alice, $"Subject: {Secret}\r\n\r\n{Secret}\r\n");
        var client = server.Connect(MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.AskAsync($"a LOGIN {TestServer.Alice} \"{TestServer.Password}\"");
        foreach (var line in new[]
        {
            "b SELECT INBOX", "c FETCH 1 (UID ENVELOPE BODY[])", "d NOOP", $"e LOGIN {TestServer.Alice} \"{Secret}\"", $"f AUTHENTICATE PLAIN {Secret}", $"g LOGN {Secret}", Secret, "h LOGOUT",
        })
            await ToEndAsync(client, line);

        Assert.Equal(
            ["b SELECT INBOX", "c FETCH 1 (UID ENVELOPE BODY[])", "d NOOP", "LOGIN …", "AUTHENTICATE …", "(no command: 21 octets)", "(no command: 14 octets)", "h LOGOUT"],
            kept.Of(TranscriptSide.Client));
        var said = kept.Of(TranscriptSide.Server);
        Assert.Contains("* 1 EXISTS", said);
        Assert.Contains("d OK Nothing more", said.Select(line => line.StartsWith("d OK", StringComparison.Ordinal) ? "d OK Nothing more" : line));
        Assert.Contains(said, line => line.EndsWith("octets)", StringComparison.Ordinal));
        Assert.DoesNotContain(kept.All, line => line.Contains(Secret, StringComparison.OrdinalIgnoreCase) || line.Contains(TestServer.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_in_literals_is_not_shown_piece_by_piece_either()
    {
        await using var server = Server(out var kept);
        var client = server.Connect(MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.AskAsync($"a LOGIN {TestServer.Alice} \"{TestServer.Password}\"");
        Assert.StartsWith("+ ", await client.AskAsync("b LOGIN {4}"), StringComparison.Ordinal);
        await client.AskAsync($"anna \"{Secret}\"");
        await client.AskAsync("c NOOP");

        Assert.Equal(["LOGIN …", "(4 octets)", "…", "c NOOP"], kept.Of(TranscriptSide.Client));
        Assert.DoesNotContain(kept.All, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_POP3_session_shows_commands_and_of_messages_their_size()
    {
        await using var server = Server(out var kept);
        server.Backend.Deliver(TestServer.Alice, $"Subject: {Secret}\r\n\r\n{Secret}\r\n");
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync($"USER {TestServer.Alice}");
        await client.AskAsync($"PASS {TestServer.Password}");
        await client.AskAsync("STAT");
        await client.AskAsync("RETR 1");
        while (await client.ReadLineAsync() != ".") { }
        await client.AskAsync($"PASS {Secret}");
        await client.AskAsync("QUIT");

        Assert.Equal(["STAT", "RETR 1", "PASS …", "QUIT"], kept.Of(TranscriptSide.Client));
        Assert.StartsWith("+OK 1 ", kept.Of(TranscriptSide.Server)[0], StringComparison.Ordinal);
        Assert.DoesNotContain(kept.All, line => line.Contains(Secret, StringComparison.Ordinal) || line.Contains(TestServer.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_submission_shows_the_envelope_and_of_the_message_its_size()
    {
        await using var server = Server(out var kept);
        var client = server.Connect(MailProtocol.Smtp);
        await client.ReadLineAsync();
        await client.AskAsync("HELO client.example");
        await client.AskAsync($"AUTH PLAIN {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{TestServer.Alice}\0{TestServer.Password}"))}");
        await client.AskAsync($"MAIL FROM:<{TestServer.Alice}>");
        await client.AskAsync($"RCPT TO:<{TestServer.Bob}>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync($"Subject: {Secret}\r\n\r\n{Secret}\r\n."), StringComparison.Ordinal);
        await client.AskAsync("QUIT");

        var heard = kept.Of(TranscriptSide.Client);
        Assert.Equal([$"MAIL FROM:<{TestServer.Alice}>", $"RCPT TO:<{TestServer.Bob}>", "DATA"], heard.Take(3));
        Assert.EndsWith("octets)", heard[3], StringComparison.Ordinal);
        Assert.Equal("QUIT", heard[^1]);
        Assert.DoesNotContain(kept.All, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    private static TestServer Server(out Kept kept)
    {
        var server = new TestServer();
        server.Backend.Transcript = kept = new();
        return server;
    }

    private static async Task ToEndAsync(TestClient client, string line)
    {
        var tag = line.Split(' ')[0];
        var answer = await client.AskAsync(line);
        while (answer is not null && !answer.StartsWith($"{tag} ", StringComparison.Ordinal) && !answer.Contains(" BAD ", StringComparison.Ordinal)) answer = await client.ReadLineAsync();
    }

    private sealed class Kept : IMailTranscript
    {
        private readonly List<(TranscriptSide Side, string Line)> lines = [];

        public IEnumerable<string> All => lines.Select(l => l.Line);

        public List<string> Of(TranscriptSide side) => [.. lines.Where(l => l.Side == side).Select(l => l.Line)];

        public void Add(TranscriptSide side, string line)
        {
            lock (lines) lines.Add((side, line));
        }
    }
}

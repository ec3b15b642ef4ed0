using System.Text;
using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Wire;

/// <summary>
/// Noise: pieces of real commands, glued, cut, repeated and spoiled with any octet, before and after login. The server may refuse as it
/// likes; it may not fail, hang, or leave the connection open when the client has hung up. Seeds make a failure repeatable.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>A few in every run; MAILSERVER_FUZZ_ROUNDS=17000 makes 100,000 cases for each protocol.</summary>
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("MAILSERVER_FUZZ_ROUNDS"), out var rounds) ? rounds : 60;

    /// <summary>A server that starts anew has a mailbox and a log that are quickly looked through.</summary>
    private const int RoundsPerServer = 60;

    internal static readonly Dictionary<MailProtocol, (string SignIn, string[] Words)> Corpora = new()
    {
        [MailProtocol.Pop3] = ("USER alice@contoso.example\r\nPASS correct horse\r\n",
        [
            "CAPA", "STLS", "USER ", "PASS ", "AUTH PLAIN", "AUTH LOGIN ", "=", "*", "STAT", "LIST ", "UIDL ", "RETR ", "TOP ", "DELE ", "RSET", "NOOP",
            "QUIT", "1", "2", "0", "-1", "99999999999999", " ", "\r\n", "\r\n", "\r\n", "\n", "\r", "\0", "AGEAYg==", "é", "\u202e",
        ]),
        [MailProtocol.Imap] = ("a LOGIN alice@contoso.example \"correct horse\"\r\nb SELECT INBOX\r\n",
        [
            "a ", "CAPABILITY", "LOGIN ", "AUTHENTICATE PLAIN ", "SELECT ", "EXAMINE ", "INBOX", "LIST ", "LSUB ", "\"\" ", "*", "%", "STATUS ", "(MESSAGES)",
            "APPEND ", "FETCH ", "UID ", "STORE ", "SEARCH ", "COPY ", "MOVE ", "EXPUNGE", "CLOSE", "IDLE", "DONE", "1:*", "1,2", "4294967295", "(FLAGS ",
            "BODY[", "HEADER.FIELDS (", "1.2.MIME", "]<", "0.1>", "ENVELOPE", "BODYSTRUCTURE", "\\Deleted", "+FLAGS ", "NOT ", "OR ", "TEXT ", "((((((((((",
            "{3}", "{3+}", "{0}", "{99999999999999999999}", "{-1}", "{4097+}", "\"", "\\", "&", "&AOk-", "CREATE ", "RENAME ", "DELETE ", "ENABLE ", "ID ",
            "NIL", " ", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\0", "é", ")", "RETURN (STATUS (UNSEEN))", "LOGOUT",
            "ENABLE IMAP4rev2 QRESYNC UTF8=ACCEPT\r\n", "a SELECT INBOX (QRESYNC (1 1 1:3 (1 1)))\r\n", "(CHANGEDSINCE 1 VANISHED)", "(UNCHANGEDSINCE 2) ",
            "MODSEQ ", "RETURN (SAVE MIN ALL) ", "RETURN (", "$", "BINARY[", "BINARY.SIZE[1]", "UTF8 (~{3+}", "~{4}", "a SORT (REVERSE SUBJECT) UTF-8 ALL\r\n",
            "SORT (", "THREAD REFERENCES ", "ORDEREDSUBJECT ", "UTF-8 ", "ALL", "YOUNGER ", "GETQUOTAROOT ", "GETQUOTA \"\"", "OLDER 1 ", "PREVIEW (LAZY) ", "a FETCH 1:* (PREVIEW EMAILID)\r\n", "(CONDSTORE)",
        ]),
        [MailProtocol.Smtp] = ("EHLO x\r\nAUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl\r\n",
        [
            "EHLO ", "HELO ", "AUTH PLAIN ", "AUTH LOGIN", "MAIL FROM:", "RCPT TO:", "<alice@contoso.example>", "<bob@contoso.example>", "<>", "<\"", "@", " SIZE=",
            " BODY=8BITMIME", " BODY=BINARYMIME", " SMTPUTF8", " ENVID=+2B", " NOTIFY=SUCCESS", " ORCPT=rfc822;a+3D", "BDAT ", "BDAT 3 LAST\r\n", " LAST", "DATA", ".\r\n", "..", "RSET", "NOOP", "VRFY x", "QUIT", "1", "=", "*", " ", "\r\n", "\r\n", "\r\n", "\n", "\r", "\0", "é", "STARTTLS",
        ]),
    };

    public static TheoryData<MailProtocol, bool, int> Cases()
    {
        var cases = new TheoryData<MailProtocol, bool, int>();
        foreach (var protocol in Enum.GetValues<MailProtocol>())
            foreach (var signedIn in new[] { false, true })
                foreach (var seed in Enumerable.Range(1, 3))
                    cases.Add(protocol, signedIn, seed);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Noise_neither_fails_nor_hangs(MailProtocol protocol, bool signedIn, int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round += RoundsPerServer)
        {
            await using var server = new TestServer();
            for (var next = 0; next < RoundsPerServer; next++)
                await OneRoundAsync(server, protocol, signedIn, random);
        }
    }

    private static async Task OneRoundAsync(TestServer server, MailProtocol protocol, bool signedIn, Random random)
    {
        server.Backend.Deliver(TestServer.Alice, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b--\n");
        var noise = Noise(random, Corpora[protocol].Words);
        var client = server.Connect(protocol, secure: signedIn || random.Next(2) == 0);
        var reading = client.ReadToEndAsync();
        await client.SendAsync(signedIn ? Corpora[protocol].SignIn : "");
        foreach (var piece in noise.Chunk(random.Next(1, 200)))
            await client.SendAsync(piece);
        await client.HangUpAsync();
        await reading;
        await client.Closed;
        Assert.True(!server.Log.Errors.Any(), $"{Convert.ToBase64String(noise)}\n{string.Join('\n', server.Log.Errors)}");
    }

    internal static byte[] Noise(Random random, string[] words, int most = 120)
    {
        var noise = new List<byte>();
        for (var count = random.Next(1, most); count > 0; count--)
            noise.AddRange(Encoding.UTF8.GetBytes(words[random.Next(words.Length)]));
        for (var spoiled = random.Next(0, 4); spoiled > 0; spoiled--)
            noise[random.Next(noise.Count)] = (byte)random.Next(256);
        return [.. noise];
    }
}

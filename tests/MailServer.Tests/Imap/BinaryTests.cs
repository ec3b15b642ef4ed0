using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>BINARY (RFC 3516): parts without their transfer encoding.</summary>
public sealed class BinaryTests : ImapStories
{
    private const string Mixed = """
        Subject: parts
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Gr=C3=BC=
        =C3=9Fe
        --b
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: base64

        YQBi
        --b
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: x-uuencode

        #9F]O
        --b--
        """;

    private static Task PlayAsync(string text, string message) => Transcript.PlayAsync(
        MailProtocol.Imap, (SignIn + """
            C: 2 SELECT INBOX
            S: * FLAGS (…)
            S: * OK [PERMANENTFLAGS (…)] Flags that stay
            S: * 1 EXISTS
            S: * 1 RECENT
            S: * OK [UNSEEN 1] First unseen message
            S: * OK [UIDVALIDITY 1] UIDs are valid
            S: * OK [UIDNEXT 2] Next UID
            S: * OK [HIGHESTMODSEQ …] Changes have numbers
            S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
            S: 2 OK [READ-WRITE] Folder is open

            """) + text, server => server.Backend.Deliver(TestServer.Alice, message));

    [Fact]
    public Task Parts_are_decoded_and_measured() => PlayAsync("""
        C: 3 FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.PEEK[1])
        S: * 1 FETCH (BINARY.SIZE[1] 7 BINARY.SIZE[2] 3 BINARY[1] {7}
        S: Grüße)
        S: 3 OK Fetched
        C: 4 UID FETCH 1 BINARY[1]<2.2>
        S: * 1 FETCH (FLAGS (\Seen \Recent) UID 1 BINARY[1]<2> {2}
        S: ü)
        S: 4 OK Fetched
        C: 5 FETCH 1 BINARY.PEEK[2]
        S: * 1 FETCH (BINARY[2] ~{3}
        S: a␀b)
        S: 5 OK Fetched
        C: 6 FETCH 1 BINARY.PEEK[3]
        S: 6 NO [UNKNOWN-CTE] A part's transfer encoding is unknown
        C: 7 FETCH 1 (BINARY.SIZE[3] FLAGS)
        S: 7 NO [UNKNOWN-CTE] A part's transfer encoding is unknown
        C: 8 FETCH 1 (BINARY.PEEK[9] BINARY.SIZE[9])
        S: * 1 FETCH (BINARY[9] NIL BINARY.SIZE[9] 0)
        S: 8 OK Fetched
        C: 9 FETCH 1 BINARY[1.MIME]
        S: 9 BAD A part of the message is wanted
        C: 10 FETCH 1 BINARY.PEEK[]<0.14>
        S: * 1 FETCH (BINARY[]<0> {14}
        S: Subject: parts)
        S: 10 OK Fetched
        C: 11 LOGOUT
        S: * BYE Goodbye
        S: 11 OK Signed off
        """.Replace("␀", "\0", StringComparison.Ordinal), Mixed);

    [Fact]
    public Task A_message_may_come_as_a_literal8_as_long_as_it_holds_no_nul() => PlayAsync("""
        C: 3 APPEND INBOX ~{4+}
        C: A: b
        S: * 2 EXISTS
        S: * 2 RECENT
        S: 3 OK [APPENDUID 1 2] Stored
        C: 4 APPEND INBOX (\Seen) ~{6}
        S: + Go on
        C: A: b␀c
        S: 4 NO [UNKNOWN-CTE] Messages hold no NUL
        C: 5 LOGOUT
        S: * BYE Goodbye
        S: 5 OK Signed off
        """.Replace("␀", "\0", StringComparison.Ordinal), Mixed);
}

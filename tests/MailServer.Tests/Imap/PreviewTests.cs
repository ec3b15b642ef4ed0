using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>PREVIEW (RFC 8970).</summary>
public sealed class PreviewTests : ImapStories
{
    [Fact]
    public Task A_preview_is_plain_text_in_one_line_and_reading_it_marks_nothing() => Transcript.PlayAsync(MailProtocol.Imap, OpenInbox + """
        C: 3 FETCH 1:3 PREVIEW
        S: * 1 FETCH (PREVIEW "Hello world")
        S: * 2 FETCH (PREVIEW {9}
        S: Grüße B)
        S: * 3 FETCH (PREVIEW "")
        S: 3 OK Fetched
        C: 4 UID FETCH 2 (PREVIEW (LAZY) FLAGS)
        S: * 2 FETCH (UID 2 PREVIEW NIL FLAGS (\Recent))
        S: 4 OK Fetched
        C: 5 FETCH 1 PREVIEW (CHANGEDSINCE 1)
        S: * OK [HIGHESTMODSEQ 4] Changes have numbers
        S: * 1 FETCH (MODSEQ (2) PREVIEW "Hello world")
        S: 5 OK Fetched
        C: 6 FETCH 1 (PREVIEW (EAGER))
        S: 6 BAD …
        C: 7 LOGOUT
        S: * BYE Goodbye
        S: 7 OK Signed off
        """, server =>
        {
            server.Backend.Deliver(TestServer.Alice, Message, flags: MessageFlags.Seen);
            server.Backend.Deliver(
                TestServer.Alice,
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\n\n<style>p {}</style><p>Grüße\n<b>B</b></p>\n--b--\n");
            server.Backend.Deliver(TestServer.Alice, "Content-Type: application/pdf\n\nx\n");
        });
}

using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>QUOTA (RFC 9208).</summary>
public sealed class QuotaTests : ImapStories
{
    [Fact]
    public Task A_full_mailbox_is_told_and_refuses_more() => Transcript.PlayAsync(MailProtocol.Imap, OpenInbox + """
        C: 3 GETQUOTAROOT INBOX
        S: * QUOTAROOT "INBOX" ""
        S: * QUOTA "" (STORAGE 1 3)
        S: 3 OK Done
        C: 4 GETQUOTA ""
        S: * QUOTA "" (STORAGE 1 3)
        S: 4 OK Done
        C: 5 GETQUOTA other
        S: 5 NO [NONEXISTENT] No such quota root
        C: 6 GETQUOTAROOT Nowhere
        S: 6 NO [NONEXISTENT] No such folder
        C: 7 APPEND INBOX {3000}
        S: + Go on
        C: PAD
        S: 7 NO [OVERQUOTA] The mailbox is full
        C: 8 STORE 1 +FLAGS.SILENT \Deleted
        S: 8 OK Stored
        C: 9 STATUS INBOX (DELETED DELETED-STORAGE)
        S: * STATUS "INBOX" (DELETED 1 DELETED-STORAGE 144)
        S: 9 OK Done
        C: 10 LOGOUT
        S: * BYE Goodbye
        S: 10 OK Signed off
        """.Replace("PAD", $"A: {new string('x', 2_997)}", StringComparison.Ordinal), server =>
        {
            ThreeMessages(server);
            server.Backend.SetQuota(TestServer.Alice, 3_100);
        });

    [Fact]
    public Task Without_a_limit_there_is_none_to_tell() => PlayInboxAsync("""
        C: 3 GETQUOTAROOT Sent
        S: * QUOTAROOT "Sent" ""
        S: * QUOTA "" ()
        S: 3 OK Done
        C: 4 SETQUOTA "" (STORAGE 1)
        S: 4 BAD Unknown command
        C: 5 LOGOUT
        S: * BYE Goodbye
        S: 5 OK Signed off
        """);
}

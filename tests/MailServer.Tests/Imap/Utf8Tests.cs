using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>UTF8=ACCEPT (RFC 6855).</summary>
public sealed class Utf8Tests : ImapStories
{
    [Fact]
    public Task Names_and_messages_may_be_utf8_once_the_client_said_so() => PlayAsync("""
        C: 2 ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: 2 OK Done
        C: 3 APPEND Drafts (\Draft) UTF8 (~{15}
        S: + Go on
        C: Subject: ü
        C: 
        C: )
        S: 3 OK [APPENDUID … 1] Stored
        C: 4 APPEND Drafts UTF8 (~{4+}
        C: A: b) UTF8 (~{4+}
        C: A: c)
        S: 4 OK [APPENDUID … 2:3] Stored
        C: 5 APPEND Drafts UTF8 ({4+}
        C: A: b
        S: 5 BAD UTF8 holds a literal8
        C: 6 CREATE "Entwürfe"
        S: 6 OK [MAILBOXID (F…)] Folder created
        C: 7 LIST "" E*
        S: * LIST (\HasNoChildren) "/" "Entwürfe"
        S: 7 OK Done
        C: 8 SELECT Drafts
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS (…)] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY …] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 8 OK [READ-WRITE] Folder is open
        C: 9 SEARCH SUBJECT "Ü"
        S: * SEARCH 1
        S: 9 OK Searched
        C: 10 SEARCH CHARSET UTF-8 ALL
        S: 10 BAD After ENABLE UTF8=ACCEPT a search names no charset
        C: 11 LOGOUT
        S: * BYE Goodbye
        S: 11 OK Signed off
        """);

    [Fact]
    public Task What_cannot_fit_is_refused_before_it_flows() => Transcript.PlayAsync(MailProtocol.Imap, SignIn + """
        C: 2 APPEND INBOX {70000}
        S: 2 NO [OVERQUOTA] The mailbox is full
        C: 4 APPEND INBOX {60000000}
        S: 4 NO [TOOBIG] A message may have 52428800 octets
        C: 5 LOGOUT
        S: * BYE Goodbye
        S: 5 OK Signed off
        """, server => server.Backend.SetQuota(TestServer.Alice, 60_000));
}

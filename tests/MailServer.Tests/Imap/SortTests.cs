using AdminPortal.MailServer;
using AdminPortal.MailServer.Imap;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>SORT (RFC 5256).</summary>
public sealed class SortTests : ImapStories
{
    private static Task PlayAsync(string text, params string[] messages) => Transcript.PlayAsync(MailProtocol.Imap, (SignIn + $"""
        C: 2 SELECT INBOX
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS (…)] Flags that stay
        S: * {messages.Length} EXISTS
        S: * {messages.Length} RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT {messages.Length + 1}] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 2 OK [READ-WRITE] Folder is open

        """) + text, server =>
        {
            foreach (var message in messages)
                server.Backend.Deliver(TestServer.Alice, message);
        });

    [Fact]
    public Task Messages_are_sorted_by_what_the_client_names() => PlayAsync(
        """
        C: 3 SORT (SUBJECT) UTF-8 ALL
        S: * SORT 2 4 1 3
        S: 3 OK Sorted
        C: 4 UID SORT (REVERSE DATE) US-ASCII ALL
        S: * SORT 4 1 2 3
        S: 4 OK Sorted
        C: 5 SORT (FROM REVERSE SIZE) UTF-8 SUBJECT b
        S: * SORT 3 1
        S: 5 OK Sorted
        C: 6 SORT RETURN (MIN MAX COUNT ALL) (REVERSE ARRIVAL SIZE) UTF-8 1:3
        S: * ESEARCH (TAG "6") MIN 1 MAX 3 COUNT 3 ALL 1,2,3
        S: 6 OK Sorted
        C: 7 UID SORT RETURN (SAVE) (SUBJECT) UTF-8 1:2
        S: 7 OK Sorted
        C: 8 SEARCH $
        S: * SEARCH 1 2
        S: 8 OK Searched
        C: 9 SORT (SUBJECT) UTF-8 DRAFT
        S: * SORT
        S: 9 OK Sorted
        C: 10 SORT (COLOUR) UTF-8 ALL
        S: 10 BAD Unknown sort key
        C: 11 SORT () UTF-8 ALL
        S: 11 BAD Not a list of sort keys
        C: 12 SORT (SUBJECT) KOI8-R ALL
        S: 12 NO [BADCHARSET (UTF-8)] Search in UTF-8
        C: 13 SORT (REVERSE) UTF-8 ALL
        S: 13 BAD …
        C: 14 LOGOUT
        S: * BYE Goodbye
        S: 14 OK Signed off
        """,
        "Subject: Re: b\nFrom: zoe@x.example\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n\n",
        "Subject: A\nFrom: Bob <bob@x.example>\nDate: Mon, 2 Mar 2026 10:30:00 +0100\n\n",
        "Subject: =?utf-8?q?B?=\nFrom: anna@x.example\nDate: Sun, 1 Mar 2026 10:00:00 +0000\n\n",
        "Subject: [list] a (fwd)\nDate: Tue, 3 Mar 2026 10:00:00 +0000\n\n");

    [Theory]
    [InlineData("Hello", "Hello", false)]
    [InlineData("Re: Hello", "Hello", true)]
    [InlineData("RE : re[2]: Fwd:  Hello  (fwd) ", "Hello", true)]
    [InlineData("[list] Re: [list] Hello", "Hello", true)]
    [InlineData("[list] Hello", "Hello", false)]
    [InlineData("[list]", "[list]", false)]
    [InlineData("[fwd: Re: Hello]", "Hello", true)]
    [InlineData("Fw [x]: Hello", "Hello", true)]
    [InlineData("Regarding: Hello", "Regarding: Hello", false)]
    [InlineData("a \t\r\n b", "a b", false)]
    [InlineData("Re:", "", true)]
    [InlineData("", "", false)]
    [InlineData("[a [b] Hello", "[a [b] Hello", false)]
    public void A_subject_is_freed_from_what_answering_puts_around_it(string subject, string expected, bool isAnswer)
    {
        Assert.Equal(expected, BaseSubject.Of(subject, out var found));
        Assert.Equal(isAnswer, found);
    }
}

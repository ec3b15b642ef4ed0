using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>IMAP4rev2 (RFC 9051): nothing of it before ENABLE, everything after.</summary>
public sealed class Rev2Tests : ImapStories
{
    private const string Enabled = """
        C: 2 ENABLE IMAP4rev2 X-NONE IMAP4REV1
        S: * ENABLED IMAP4rev2
        S: 2 OK Done

        """;

    [Fact]
    public Task Nobody_hears_of_recent_messages_and_searches_answer_in_the_new_words() => PlayAsync(Enabled + """
        C: 3 SELECT inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Flags that stay
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: * LIST () "/" "INBOX"
        S: 3 OK [READ-WRITE] Folder is open
        C: 4 FETCH 2 FLAGS
        S: * 2 FETCH (FLAGS ())
        S: 4 OK Fetched
        C: 5 SEARCH UNSEEN
        S: * ESEARCH (TAG "5") ALL 2:3
        S: 5 OK Searched
        C: 6 UID SEARCH DRAFT
        S: * ESEARCH (TAG "6") UID
        S: 6 OK Searched
        C: 7 SEARCH NEW
        S: 7 BAD Unknown search key
        C: 8 STATUS INBOX (RECENT)
        S: 8 BAD Unknown status item
        C: 9 STATUS INBOX (MESSAGES DELETED SIZE)
        S: * STATUS "INBOX" (MESSAGES 3 DELETED 0 SIZE 193)
        S: 9 OK Done
        C: 10 UID STORE 3 +FLAGS \Seen
        S: * 3 FETCH (UID 3 FLAGS (\Seen))
        S: 10 OK Stored
        C: 11 APPEND INBOX {4+}
        C: A: b
        S: * 4 EXISTS
        S: 11 OK [APPENDUID 1 4] Stored
        C: 12 SELECT Sent
        S: * OK [CLOSED] The folder before is left
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Flags that stay
        S: * 0 EXISTS
        S: * OK [UIDVALIDITY 2] UIDs are valid
        S: * OK [UIDNEXT 1] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: * LIST () "/" "Sent"
        S: 12 OK [READ-WRITE] Folder is open
        C: 13 SELECT Nowhere
        S: * OK [CLOSED] The folder before is left
        S: 13 NO [NONEXISTENT] No such folder
        C: 14 LOGOUT
        S: * BYE Goodbye
        S: 14 OK Signed off
        """.Replace("UIDVALIDITY 2]", "UIDVALIDITY …]", StringComparison.Ordinal));

    [Fact]
    public Task Folder_names_are_utf8_in_one_form() => PlayAsync(Enabled + """
        C: 3 CREATE "Entwürfe/Größe"
        S: 3 OK [MAILBOXID (F…)] Folder created
        C: 4 LIST "" "Entw*" RETURN (STATUS (MESSAGES))
        S: * LIST (\HasChildren) "/" "Entwürfe"
        S: * STATUS "Entwürfe" (MESSAGES 0)
        S: * LIST (\HasNoChildren) "/" "Entwürfe/Größe"
        S: * STATUS "Entwürfe/Größe" (MESSAGES 0)
        S: 4 OK Done
        C: 5 CREATE {6+}
        C: Ångö
        S: * LIST () "/" "Ångö" ("OLDNAME" ("Ångö"))
        S: 5 OK [MAILBOXID (F…)] Folder created
        C: 6 STATUS "Ångö" (MESSAGES)
        S: * STATUS "Ångö" (MESSAGES 0)
        S: 6 OK Done
        C: 7 CREATE "R&D &APw-"
        S: 7 OK [MAILBOXID (F…)] Folder created
        C: 8 LIST "" R*
        S: * LIST (\HasNoChildren) "/" "R&D &APw-"
        S: 8 OK Done
        C: 9 RENAME "R&D &APw-" "Say \"hi\""
        S: 9 OK Folder renamed
        C: 10 LIST "" S%y*
        S: * LIST (\HasNoChildren) "/" "Say \"hi\""
        S: 10 OK Done
        C: 11 LOGOUT
        S: * BYE Goodbye
        S: 11 OK Signed off
        """.Replace("{6+}\nC: Ångö", "{8+}\nC: A\u030Ango\u0308", StringComparison.Ordinal)
           .Replace("(\"Ångö\")", "(\"A\u030Ango\u0308\")", StringComparison.Ordinal));

    [Fact]
    public Task Without_enable_a_client_of_old_hears_nothing_new() => PlayInboxAsync("""
        C: 3 CREATE "Entwürfe"
        S: 3 NO [CANNOT] Not a folder name that can be used here
        C: 4 SEARCH NEW
        S: * SEARCH 2 3
        S: 4 OK Searched
        C: 5 ENABLE X-NONE
        S: * ENABLED
        S: 5 OK Done
        C: 6 ENABLE
        S: 6 BAD A space is missing
        C: 7 UNSELECT
        S: 7 OK Folder left
        C: 8 EXAMINE Sent
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS ()] Flags that stay
        S: * 0 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY …] UIDs are valid
        S: * OK [UIDNEXT 1] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 8 OK [READ-ONLY] Folder is open
        C: 9 LOGOUT
        S: * BYE Goodbye
        S: 9 OK Signed off
        """);
}

using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>Folders: list, create, rename, subscribe, delete, append to.</summary>
public sealed class FolderTests : ImapStories
{
    [Fact]
    public Task Folders_are_listed_with_their_uses() => PlayAsync("""
        C: 2 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: 2 OK Done
        C: 3 CREATE inbox/Work/
        S: 3 OK [MAILBOXID (F…)] Folder created
        C: 4 LIST "" %
        S: * LIST (\HasChildren) "/" "INBOX"
        S: * LIST (\HasNoChildren \Archive) "/" "Archive"
        S: * LIST (\HasNoChildren \Drafts) "/" "Drafts"
        S: * LIST (\HasNoChildren \Junk) "/" "Junk"
        S: * LIST (\HasNoChildren \Sent) "/" "Sent"
        S: * LIST (\HasNoChildren \Trash) "/" "Trash"
        S: 4 OK Done
        C: 5 LIST "" (Inbox* S%t)
        S: * LIST (\HasChildren) "/" "INBOX"
        S: * LIST (\HasNoChildren) "/" "INBOX/Work"
        S: * LIST (\HasNoChildren \Sent) "/" "Sent"
        S: 5 OK Done
        C: 6 LIST (SPECIAL-USE) "" S* RETURN (STATUS (MESSAGES UIDNEXT))
        S: * LIST (\HasNoChildren \Sent) "/" "Sent"
        S: * STATUS "Sent" (MESSAGES 0 UIDNEXT 1)
        S: 6 OK Done
        C: 7 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (CHILDREN)
        S: * LIST (\HasChildren \Subscribed) "/" "INBOX"
        S: * LIST (\HasNoChildren \Subscribed \Archive) "/" "Archive"
        S: * LIST (\HasNoChildren \Subscribed \Drafts) "/" "Drafts"
        S: * LIST (\HasNoChildren \Subscribed \Junk) "/" "Junk"
        S: * LIST (\HasNoChildren \Subscribed \Sent) "/" "Sent"
        S: * LIST (\HasNoChildren \Subscribed \Trash) "/" "Trash"
        S: 7 OK Done
        C: 8 LIST (RECURSIVEMATCH) "" *
        S: 8 BAD RECURSIVEMATCH needs SUBSCRIBED
        C: 9 STATUS INBOX (MESSAGES UNSEEN RECENT UIDVALIDITY UIDNEXT SIZE)
        S: * STATUS "INBOX" (MESSAGES 3 UNSEEN 2 RECENT 3 UIDVALIDITY 1 UIDNEXT 4 SIZE 193)
        S: 9 OK Done
        C: 10 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL (("Public/" "/"))
        S: 10 OK Done
        C: 11 LOGOUT
        S: * BYE Goodbye
        S: 11 OK Signed off
        """);

    [Fact]
    public Task Folders_are_created_subscribed_renamed_and_deleted() => PlayAsync("""
        C: 2 CREATE "Entw&APw-rfe/a"
        S: 2 OK [MAILBOXID (F…)] Folder created
        C: 3 CREATE "Entw&APw-rfe"
        S: 3 NO [ALREADYEXISTS] The folder exists already
        C: 4 SUBSCRIBE "Entw&APw-rfe/a"
        S: 4 OK Done
        C: 5 LSUB "" E%
        S: * LSUB (\Noselect) "/" "Entw&APw-rfe"
        S: 5 OK Done
        C: 6 LSUB "" E*
        S: * LSUB () "/" "Entw&APw-rfe/a"
        S: 6 OK Done
        C: 7 DELETE "Entw&APw-rfe"
        S: 7 NO [HASCHILDREN] There are folders below it
        C: 8 RENAME "Entw&APw-rfe" Neu/b
        S: 8 OK Folder renamed
        C: 9 LIST "" N*
        S: * LIST (\HasChildren) "/" "Neu"
        S: * LIST (\HasChildren) "/" "Neu/b"
        S: * LIST (\HasNoChildren) "/" "Neu/b/a"
        S: 9 OK Done
        C: 10 DELETE Neu/b/a
        S: 10 OK Folder deleted
        C: 11 DELETE Neu/b/a
        S: 11 NO [NONEXISTENT] No such folder
        C: 12 DELETE inbox
        S: 12 NO [CANNOT] INBOX cannot be deleted
        C: 13 CREATE "bad//name"
        S: 13 NO [CANNOT] Not a folder name that can be used here
        C: 14 CREATE "b&AGE-d"
        S: 14 NO [CANNOT] Not a folder name that can be used here
        C: 15 RENAME Neu Neu/c
        S: 15 NO [CANNOT] Not a folder name that can be used here
        C: 16 RENAME INBOX Old
        S: 16 OK Folder renamed
        C: 17 STATUS Old (MESSAGES)
        S: * STATUS "Old" (MESSAGES 3)
        S: 17 OK Done
        C: 18 SELECT Nowhere
        S: 18 NO [NONEXISTENT] No such folder
        C: 19 LOGOUT
        S: * BYE Goodbye
        S: 19 OK Signed off
        """);

    [Fact]
    public Task Examine_changes_nothing() => PlayAsync("""
        C: 2 EXAMINE INBOX
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS ()] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 2 OK [READ-ONLY] Folder is open
        C: 3 STORE 1 +FLAGS \Deleted
        S: 3 NO [NOPERM] The folder is open for reading only
        C: 4 EXPUNGE
        S: 4 NO [NOPERM] The folder is open for reading only
        C: 5 MOVE 1 Trash
        S: 5 NO [NOPERM] The folder is open for reading only
        C: 6 FETCH 2 RFC822.TEXT
        S: * 2 FETCH (RFC822.TEXT {8}
        S: second
        S: )
        S: 6 OK Fetched
        C: 7 UNSELECT
        S: 7 OK Folder left
        C: 8 STATUS INBOX (RECENT UNSEEN)
        S: * STATUS "INBOX" (RECENT 3 UNSEEN 2)
        S: 8 OK Done
        C: 9 LOGOUT
        S: * BYE Goodbye
        S: 9 OK Signed off
        """);

    [Fact]
    public Task Messages_are_appended_one_or_several() => PlayInboxAsync("""
        C: 3 APPEND INBOX (\Seen $X) "02-Mar-2026 10:20:30 +0100" {18}
        S: + Go on
        C: Subject: new
        C:
        C: hi
        S: * 4 EXISTS
        S: * 4 RECENT
        S: 3 OK [APPENDUID 1 4] Stored
        C: 4 FETCH 4 (FLAGS INTERNALDATE RFC822.SIZE)
        S: * 4 FETCH (FLAGS (\Seen $X \Recent) INTERNALDATE "02-Mar-2026 09:20:30 +0000" RFC822.SIZE 18)
        S: 4 OK Fetched
        C: 5 APPEND {6+}
        C: Drafts {4+}
        C: A: b (\Draft) {5+}
        C: A: cc
        S: 5 OK [APPENDUID 3 1:2] Stored
        C: 6 APPEND Nowhere {4+}
        C: A: b
        S: 6 NO [TRYCREATE] No such folder
        C: 7 APPEND INBOX {99999999999}
        S: 7 NO [TOOBIG] A message may have 52428800 octets
        C: 8 APPEND INBOX
        S: 8 BAD …
        C: 9 LOGOUT
        S: * BYE Goodbye
        S: 9 OK Signed off
        """);

    [Fact]
    public async Task A_folder_deleted_under_a_client_ends_its_connection()
    {
        await using var server = new TestServer();
        var one = await SignedInAsync(server);
        await one.ImapAsync("1 CREATE X");
        await one.ImapAsync("2 SELECT X");
        var two = await SignedInAsync(server);
        await two.ImapAsync("1 DELETE X");

        await one.LineAsync("3 NOOP");
        Assert.Equal(["* BYE The selected folder was deleted", "3 OK Done"], await one.ReadToEndAsync());
    }
}

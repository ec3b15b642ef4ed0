using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>Python's imaplib, which scripts use.</summary>
[Collection(MailPortal.Programs)]
public sealed class ImaplibTests(MailPortal portal)
{
    [Theory]
    [InlineData("IMAP4_SSL")]
    [InlineData("IMAP4")]
    public async Task It_handles_folders_and_messages(string kind)
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();

        await home.RunAsync(MailProgram.Python, ["-"], $$"""
            import imaplib, ssl
            user, password = "{{mailbox.Address}}", "{{mailbox.Password}}"
            tls = ssl.create_default_context(cafile="{{portal.AuthorityPath}}")
            if "{{kind}}" == "IMAP4_SSL":
                m = imaplib.IMAP4_SSL("localhost", {{portal.Ports.Imaps}}, ssl_context=tls)
            else:
                m = imaplib.IMAP4("localhost", {{portal.Ports.Imap}})
                assert "LOGINDISABLED" in m.capabilities
                m.starttls(tls)
            m.authenticate("PLAIN", lambda _: ("\0" + user + "\0" + password).encode())
            assert m.create("Work")[0] == "OK" and m.create("Work/Old")[0] == "OK"
            assert m.rename("Work/Old", "Work/New")[0] == "OK"
            assert [line.split(b' "/" ')[1] for line in m.list('""', "Work%")[1]] == [b'"Work"'], m.list('""', "Work%")
            for number in range(3):
                assert m.append("Work", r"(\Flagged)" if number else None, imaplib.Time2Internaldate(1772000000 + number), b"Subject: n%d\r\n\r\nText %d\r\n" % (number, number))[0] == "OK"
            assert m.status("Work", "(MESSAGES UIDNEXT UNSEEN)")[1] == [b'"Work" (MESSAGES 3 UIDNEXT 4 UNSEEN 3)']
            assert m.select("Work") == ("OK", [b"3"])
            assert m.search(None, "FLAGGED", "SUBJECT", "n1") == ("OK", [b"2"])
            assert m.uid("SORT", "(REVERSE SUBJECT)", "UTF-8", "ALL") == ("OK", [b"3 2 1"])
            assert m.fetch("2", "(BODY.PEEK[TEXT])")[1][0][1] == b"Text 1\r\n"
            assert m.copy("1", "Work/New")[0] == "OK"
            assert m.uid("MOVE", "2", "Trash")[0] == "OK"
            assert m.store("1", "+FLAGS", r"(\Deleted)")[0] == "OK"
            assert m.expunge()[1][-1] == b"1"
            assert m.select("Work", readonly=True) == ("OK", [b"1"])
            assert m.fetch("1:*", "(UID FLAGS)")[1] == [rb"1 (UID 3 FLAGS (\Flagged))"]
            assert m.close()[0] == "OK"
            assert m.getquotaroot("Work")[0] == "OK"
            assert m.delete("Work/New")[0] == "OK" and m.delete("Work")[0] == "OK"
            assert m.logout()[0] == "BYE"
            """);
    }
}

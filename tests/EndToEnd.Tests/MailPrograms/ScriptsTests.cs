using MailKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>What scripts send and fetch mail with: Python's smtplib and poplib, and curl.</summary>
[Collection(MailPortal.Programs)]
public sealed class ScriptsTests(MailPortal portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("True")]
    [InlineData("False")]
    public async Task Python_sends_and_fetches(string implicitTls)
    {
        var (sender, recipient) = (await portal.NewMailboxAsync(), await portal.NewMailboxAsync());
        using var home = new ProgramHome();
        var script = home.Write("mail.py", $$"""
            import poplib, smtplib, ssl
            from email.message import EmailMessage
            tls = ssl.create_default_context(cafile="{{portal.AuthorityPath}}")
            if {{implicitTls}}:
                smtp = smtplib.SMTP_SSL("localhost", {{portal.Ports.Submissions}}, context=tls)
            else:
                smtp = smtplib.SMTP("localhost", {{portal.Ports.Submission}})
                smtp.starttls(context=tls)
            smtp.ehlo()
            for word in ("size", "8bitmime", "pipelining", "smtputf8", "dsn", "chunking"):
                assert smtp.has_extn(word), word
            smtp.login("{{sender.Address}}", "{{sender.Password}}")
            message = EmailMessage()
            message["Subject"] = "grüße"
            message["From"] = "{{sender.Address}}"
            message["To"] = "{{recipient.Address}}"
            message.set_content(".dot\n..dots\nélan\n")
            assert smtp.send_message(message) == {}
            try:
                smtp.sendmail("somebody@else.example", ["{{recipient.Address}}"], b"A: b\r\n\r\n")
                raise SystemExit("a foreign sender was taken")
            except smtplib.SMTPSenderRefused as refused:
                assert refused.smtp_code == 553, refused
            smtp.quit()

            if {{implicitTls}}:
                pop = poplib.POP3_SSL("localhost", {{portal.Ports.Pop3s}}, context=tls)
            else:
                pop = poplib.POP3("localhost", {{portal.Ports.Pop3}})
                assert "USER" not in pop.capa() and "STLS" in pop.capa()
                pop.stls(context=tls)
            assert pop.capa()["UTF8"] == ["USER"], pop.capa()
            pop.utf8()
            pop.user("{{recipient.Address}}")
            pop.pass_("{{recipient.Password}}")
            count, size = pop.stat()
            assert count == 1
            _, lines, octets = pop.retr(1)
            assert octets == size == sum(len(line) + 2 for line in lines), (octets, size)
            assert b".dot" in lines and b"..dots" in lines, lines
            assert len(pop.uidl()[1]) == 1 and pop.top(1, 0)[0].startswith(b"+OK")
            pop.dele(1)
            assert pop.quit().startswith(b"+OK")
            print("done")
            """);
        Assert.Equal("done\n", await home.RunAsync(MailProgram.Python, [script]));
    }

    [Theory]
    [InlineData("pop3s", "smtps")]
    [InlineData("pop3", "smtp")]
    public async Task Curl_sends_and_fetches(string pop3, string smtp)
    {
        var (sender, recipient) = (await portal.NewMailboxAsync(), await portal.NewMailboxAsync());
        using var home = new ProgramHome();
        var message = home.Write("message", $"Subject: by curl\r\nFrom: {sender.Address}\r\n\r\n.dot\r\nlast\r\n");
        string[] trust = ["--silent", "--show-error", "--ssl-reqd", "--cacert", portal.AuthorityPath];
        await home.RunAsync(MailProgram.Curl,
        [
            .. trust, "--user", $"{sender.Address}:{sender.Password}", "--mail-from", sender.Address, "--mail-rcpt", recipient.Address, "--upload-file", message,
            $"{smtp}://localhost:{(smtp == "smtps" ? portal.Ports.Submissions : portal.Ports.Submission)}/there.example",
        ]);

        var address = $"{pop3}://localhost:{(pop3 == "pop3s" ? portal.Ports.Pop3s : portal.Ports.Pop3)}/";
        string[] reader = [.. trust, "--user", $"{recipient.Address}:{recipient.Password}"];
        Assert.StartsWith("1 ", await home.RunAsync(MailProgram.Curl, [.. reader, address]), StringComparison.Ordinal);
        Assert.Contains("\r\n.dot\r\nlast\r\n", await home.RunAsync(MailProgram.Curl, [.. reader, address + "1"]), StringComparison.Ordinal);
        await home.RunAsync(MailProgram.Curl, [.. reader, "--request", "DELE", "--list-only", address + "1"]);
        using var imap = await portal.ImapAsync(recipient);
        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
        Assert.Equal(0, imap.Inbox.Count);
    }
}

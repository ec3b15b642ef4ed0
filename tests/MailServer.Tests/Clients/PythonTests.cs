using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Clients;

/// <summary>Python's standard clients: what scripts and many small tools are made of.</summary>
public sealed class PythonTests(MailHost host) : IClassFixture<MailHost>
{
    [Theory]
    [InlineData("True")]
    [InlineData("False")]
    public async Task Imaplib_signs_in_appends_searches_and_expunges(string implicitTls)
    {
        var mailbox = host.NewMailbox();
        await PythonAsync(mailbox, $"""
            import imaplib, time
            if {implicitTls}:
                m = imaplib.IMAP4_SSL("localhost", {host.Port("imaps")}, ssl_context=tls)
            else:
                m = imaplib.IMAP4("localhost", {host.Port("imap")})
                assert "LOGINDISABLED" in m.capabilities
                m.starttls(tls)
            m.login(user, password)
            assert b"UIDPLUS" in m.capability()[1][0]
            assert m.enable("X-NOTHING")[0] == "OK"
            assert m.create('"Tests"')[0] == "OK"
            assert m.append("Tests", r"(\Flagged)", imaplib.Time2Internaldate(time.time()), b"Subject: py\n\nHello\n")[0] == "OK"
            assert m.select("Tests") == ("OK", [b"1"])
            assert m.search(None, "FLAGGED", 'SUBJECT "py"') == ("OK", [b"1"])
            kind, data = m.fetch("1", "(RFC822.SIZE BODY.PEEK[])")
            assert data[0][1] == b"Subject: py\r\n\r\nHello\r\n", data
            assert m.store("1", "+FLAGS", r"(\Deleted)")[0] == "OK"
            assert m.expunge() == ("OK", [b"1"])
            assert len(m.list()[1]) == 7
            assert m.close()[0] == "OK"
            assert m.logout()[0] == "BYE"
            """);
    }

    [Fact]
    public async Task Imaplib_sorts_threads_asks_for_quotas_and_speaks_rev2()
    {
        var mailbox = host.NewMailbox();
        host.Backend.SetQuota(mailbox, 64 * 1024);
        host.Backend.Deliver(mailbox, "Subject: b\nMessage-ID: <1@x>\n\n");
        host.Backend.Deliver(mailbox, "Subject: a\nMessage-ID: <2@x>\n\n");
        host.Backend.Deliver(mailbox, "Subject: Re: b\nReferences: <1@x>\n\n");
        await PythonAsync(mailbox, $"""
            import imaplib
            m = imaplib.IMAP4_SSL("localhost", {host.Port("imaps")}, ssl_context=tls)
            m.login(user, password)
            assert m.getquotaroot("INBOX") == ("OK", [[b'"INBOX" ""'], [b'"" (STORAGE 1 64)']]), m.getquotaroot("INBOX")
            assert m.select("INBOX") == ("OK", [b"3"])
            assert m.sort("(SUBJECT)", "UTF-8", "ALL") == ("OK", [b"2 1 3"])
            assert m.thread("REFERENCES", "UTF-8", "ALL") == ("OK", [b"(1 3)(2)"])
            assert m.uid("THREAD", "ORDEREDSUBJECT", "UTF-8", "1:2") == ("OK", [b"(1)(2)"])
            m.close()
            m.enable("IMAP4rev2")
            m.enable("UTF8=ACCEPT")
            assert m.create('"Entwürfe"')[0] == "OK"
            assert '"Entwürfe"'.encode() in b" ".join(m.list()[1])
            assert m.select("INBOX", readonly=True) == ("OK", [b"3"])
            m.search(None, "SUBJECT", '"b"')
            assert m.response("ESEARCH")[1][0].endswith(b"ALL 1,3"), m.untagged_responses
            assert m.logout()[0] == "BYE"
            """);
    }

    [Theory]
    [InlineData("True")]
    [InlineData("False")]
    public async Task Poplib_reads_and_deletes(string implicitTls)
    {
        var mailbox = host.NewMailbox();
        host.Backend.Deliver(mailbox, "Subject: one\n\n.dot\n");
        await PythonAsync(mailbox, $"""
            import poplib
            if {implicitTls}:
                p = poplib.POP3_SSL("localhost", {host.Port("pop3s")}, context=tls)
            else:
                p = poplib.POP3("localhost", {host.Port("pop3")})
                assert "USER" not in p.capa() and "STLS" in p.capa()
                p.stls(tls)
            assert "UIDL" in p.capa()
            p.user(user)
            p.pass_(password)
            assert p.stat()[0] == 1
            assert p.retr(1)[1] == [b"Subject: one", b"", b".dot"]
            assert p.top(1, 0)[1] == [b"Subject: one", b""]
            p.dele(1)
            p.quit()
            """);
        Assert.Empty(host.Backend.Messages(mailbox));
    }

    [Theory]
    [InlineData("True")]
    [InlineData("False")]
    public async Task Smtplib_sends(string implicitTls)
    {
        var (from, to) = (host.NewMailbox(), host.NewMailbox());
        await PythonAsync(from, $"""
            import smtplib
            if {implicitTls}:
                s = smtplib.SMTP_SSL("localhost", {host.Port("submissions")}, context=tls)
            else:
                s = smtplib.SMTP("localhost", {host.Port("submission")})
                s.starttls(context=tls)
            s.login(user, password)
            assert s.sendmail(user, ["{to}"], "Subject: py\r\n\r\nHello\r\n.\r\n") == dict()
            try:
                s.sendmail("boss@contoso.example", ["{to}"], "Subject: py\r\n\r\nHello\r\n")
                assert False
            except smtplib.SMTPSenderRefused as refused:
                assert refused.smtp_code == 553
            s.quit()
            """);
        Assert.EndsWith("\r\n\r\nHello\r\n.\r\n", Assert.Single(host.Backend.Messages(to)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_tls_versions_and_a_browsers_alpn_are_refused() => await PythonAsync("nobody", $"""
        import socket
        old = ssl.create_default_context(cafile=authority)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        browser = ssl.create_default_context(cafile=authority)
        browser.set_alpn_protocols(["h2", "http/1.1"])
        mail = ssl.create_default_context(cafile=authority)
        mail.set_alpn_protocols(["imap"])
        def hello(context):
            with socket.create_connection(("localhost", {host.Port("imaps")})) as s:
                with context.wrap_socket(s, server_hostname="localhost") as t:
                    return t.recv(4), t.selected_alpn_protocol()
        for refused in (old, browser):
            try:
                hello(refused)
                assert False
            except (ssl.SSLError, ConnectionError):
                pass
        assert hello(mail) == (b"* OK", "imap")
        assert hello(tls) == (b"* OK", None)
        """);

    [Fact]
    public async Task Clear_text_behind_the_starttls_line_never_becomes_a_command() => await PythonAsync("nobody", $"""
        import socket
        for port, greeting, command in (({host.Port("imap")}, b"* OK", b"a STARTTLS\r\n"), ({host.Port("pop3")}, b"+OK", b"STLS\r\n"), ({host.Port("submission")}, b"220", b"STARTTLS\r\n")):
            for injected in (b"b NOOP\r\n", b"NOOP\r\n", b"x"):
                with socket.create_connection(("localhost", port)) as s:
                    s.settimeout(10)
                    assert s.recv(1000).startswith(greeting)
                    s.sendall(command + injected)
                    answer = b""
                    while part := s.recv(1000):
                        answer += part
                    assert b"Nothing may follow" in answer and b"Begin" not in answer, answer
                    assert answer.count(b"\r\n") == 1, answer
        """);

    private Task PythonAsync(string mailbox, string script) => Programs.RunAsync("python3", ["-"], $"""
        import ssl
        user, password, authority = "{mailbox}", "{TestServer.Password}", "{host.AuthorityFile}"
        tls = ssl.create_default_context(cafile=authority)
        {script.ReplaceLineEndings("\n").TrimEnd()}
        """);
}

using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.Connectivity.Probes;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

public sealed class RedactorTests
{
    private static readonly ProbeCredential Credential = new("marie@contoso.example", null, "s3cret word");

    [Theory]
    [InlineData(MailProtocol.Imap, "A1 LOGIN marie@contoso.example \"other secret\"", "A1 LOGIN ***")]
    [InlineData(MailProtocol.Imap, "A1 login {5+}", "A1 login ***")]
    [InlineData(MailProtocol.Imap, "A1 AUTHENTICATE PLAIN AGFiYwBkZWY=", "A1 AUTHENTICATE PLAIN ***")]
    [InlineData(MailProtocol.Imap, "A1 AUTHENTICATE SCRAM-SHA-256", "A1 AUTHENTICATE SCRAM-SHA-256")]
    [InlineData(MailProtocol.Imap, "A1 SELECT LOGIN", "A1 SELECT LOGIN")]
    [InlineData(MailProtocol.Pop3, "PASS other secret", "PASS ***")]
    [InlineData(MailProtocol.Pop3, "APOP marie c4c9334bac560ecc979e58001b3e22fb", "APOP ***")]
    [InlineData(MailProtocol.Pop3, "AUTH PLAIN AGFiYwBkZWY=", "AUTH PLAIN ***")]
    [InlineData(MailProtocol.Pop3, "USER marie@contoso.example", "USER marie@contoso.example")]
    [InlineData(MailProtocol.Smtp, "auth plain AGFiYwBkZWY=", "auth plain ***")]
    [InlineData(MailProtocol.Smtp, "MAIL FROM:<marie@contoso.example>", "MAIL FROM:<marie@contoso.example>")]
    public void What_follows_a_command_that_proves_is_hidden(MailProtocol protocol, string line, string shown) =>
        Assert.Equal(shown, new Redactor(protocol, null).Client(line));

    [Fact]
    public void An_exchange_is_hidden_until_the_server_has_answered()
    {
        var redactor = new Redactor(MailProtocol.Smtp, null);

        Assert.Equal("AUTH LOGIN", redactor.Client("AUTH LOGIN"));
        Assert.Equal("334 ***", redactor.Server("334 VXNlcm5hbWU6"));
        Assert.Equal("***", redactor.Client("bWFyaWU="));
        Assert.Equal("334 ***", redactor.Server("334 UGFzc3dvcmQ6"));
        Assert.Equal("***", redactor.Client("b3RoZXI="));
        Assert.Equal("235 2.7.0 come in", redactor.Server("235 2.7.0 come in"));
        Assert.Equal("QUIT", redactor.Client("QUIT"));
    }

    [Fact]
    public void Untagged_answers_do_not_end_an_IMAP_exchange()
    {
        var redactor = new Redactor(MailProtocol.Imap, null);

        redactor.Client("A1 LOGIN {5}");
        Assert.Equal("+ ***", redactor.Server("+ go on"));
        Assert.Equal("* CAPABILITY IMAP4rev1", redactor.Server("* CAPABILITY IMAP4rev1"));
        Assert.Equal("***", redactor.Client("marie {6}"));
        Assert.Equal("A1 NO no", redactor.Server("A1 NO no"));
        Assert.Equal("A2 LOGOUT", redactor.Client("A2 LOGOUT"));
    }

    [Fact]
    public void The_password_is_hidden_wherever_it_turns_up()
    {
        var redactor = new Redactor(MailProtocol.Pop3, Credential);
        var sasl = Convert.ToBase64String(Encoding.UTF8.GetBytes("\0marie@contoso.example\0s3cret word"));

        Assert.Equal("-ERR you said *** and ***", redactor.Server($"-ERR you said S3CRET WORD and {sasl}"));
        Assert.Equal("NOOP ***", redactor.Client("NOOP s3cret word"));
    }

    [Fact]
    public void A_credential_does_not_print_its_password() =>
        Assert.DoesNotContain("s3cret", $"{Credential}", StringComparison.Ordinal);
}

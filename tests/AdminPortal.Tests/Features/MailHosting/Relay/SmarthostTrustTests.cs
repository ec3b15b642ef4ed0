using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.Connectivity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting.Relay;

/// <summary>Neither password nor mail goes to a smarthost that is not the one that was configured, and a hostile one does no harm.</summary>
public sealed class SmarthostTrustTests(RelayHouse relay) : IClassFixture<RelayHouse>, IAsyncLifetime
{
    private ScriptedSmarthost Smarthost => relay.Smarthost;

    public async ValueTask InitializeAsync() => await relay.CalmAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_certificate_that_is_not_to_be_trusted_is_told_nothing()
    {
        using var wrongName = TestAuthority.Issue("mail.example");
        using var selfSigned = TestAuthority.SelfSigned("localhost");
        using var expired = TestAuthority.Issue("localhost", -30, -1);
        foreach (var certificate in new[] { wrongName, selfSigned, expired })
        {
            Smarthost.Certificate = certificate;
            var recipient = await TryAsync();
            Assert.Equal((RelayedState.Waiting, "4.7.5"), (recipient.State, recipient.Status));
            Assert.Empty(Smarthost.Heard);
        }
    }

    [Fact]
    public async Task STARTTLS_comes_before_the_password_and_EHLO_is_said_again()
    {
        Smarthost.StartsWithTls = false;
        Smarthost.Extensions = ["STARTTLS", "AUTH PLAIN"];
        Assert.Equal(RelayedState.Sent, (await TryAsync(o => o.Security = ConnectionSecurity.StartTls)).State);
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"], Smarthost.Heard.Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task A_server_that_offers_no_TLS_is_told_neither_password_nor_mail()
    {
        Smarthost.StartsWithTls = false;
        Assert.Equal("4.7.4", (await TryAsync(o => o.Security = ConnectionSecurity.StartTls)).Status);
        Assert.Equal(["EHLO mail.contoso.example"], Smarthost.Heard);
    }

    [Fact]
    public async Task What_was_said_before_the_handshake_is_not_believed()
    {
        Smarthost.StartsWithTls = false;
        Smarthost.Extensions = ["STARTTLS", "AUTH PLAIN"];
        Smarthost.Answers = line => line == "STARTTLS" ? "220 2.0.0 Begin\r\n250-smarthost.example\r\n250 AUTH PLAIN\r\n235 2.7.0 Welcome" : null;
        Assert.Equal(RelayedState.Waiting, (await TryAsync(o => o.Security = ConnectionSecurity.StartTls)).State);
        Assert.DoesNotContain(Smarthost.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal) || line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relay_on_the_same_machine_needs_neither_TLS_nor_password()
    {
        Smarthost.StartsWithTls = false;
        Assert.Equal(RelayedState.Sent, (await TryAsync(o => (o.Security, o.UserName, o.Password) = (ConnectionSecurity.None, null, null))).State);
        Assert.DoesNotContain(Smarthost.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("endless line")]
    [InlineData("endless answer")]
    [InlineData("controls")]
    public async Task A_hostile_answer_costs_little_and_is_kept_clean_and_short(string kind)
    {
        Smarthost.Answers = line => !line.StartsWith("RCPT", StringComparison.Ordinal) ? null : kind switch
        {
            "endless line" => "550 " + new string('x', 5_000_000),
            "endless answer" => string.Join("\r\n", Enumerable.Repeat("550-no", 100_000)) + "\r\n550 no",
            _ => "550 5.1.1 \x1b[31mred\a\0 " + new string('y', 1_500),
        };
        var recipient = await TryAsync();
        Assert.Equal(kind == "controls" ? RelayedState.Failed : RelayedState.Waiting, recipient.State);
        Assert.InRange(recipient.Said!.Length, 1, 450);
        Assert.DoesNotContain(recipient.Said, char.IsControl);
    }

    [Fact]
    public async Task A_smarthost_that_says_nothing_is_left_when_the_time_is_up()
    {
        Smarthost.Answers = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "250-still thinking" : null;
        var recipient = await TryAsync(o => o.Timeout = TimeSpan.FromSeconds(1));
        Assert.Equal((RelayedState.Waiting, "4.4.1"), (recipient.State, recipient.Status));
    }

    [Theory]
    [InlineData("MailServer:Smarthost:Host", "mail example", "MailServer:Smarthost:Host")]
    [InlineData("MailServer:Smarthost:UserName", "relay", "MailServer:Smarthost:Host")]
    [InlineData("MailServer:Smarthost:Port", "70000", "MailServer:Smarthost:Port")]
    [InlineData("MailServer:Smarthost:Security", "Perhaps", "MailServer:Smarthost:Security")]
    [InlineData("MailServer:Smarthost:GiveUpAfter", "90.00:00:00", "MailServer:Smarthost:GiveUpAfter")]
    [InlineData("MailServer:Smarthost:LongestPause", "00:00:10", "MailServer:Smarthost:LongestPause")]
    [InlineData("MailServer:Smarthost:AtOnce", "0", "MailServer:Smarthost:AtOnce")]
    public void A_wrong_setting_is_told_at_start(string name, string value, string told) =>
        Assert.Contains(Failures((name, value)), failure => failure.Contains(told, StringComparison.Ordinal));

    [Fact]
    public void A_password_is_not_configured_without_TLS() => Assert.Contains(
        Failures(
            ("MailServer:Smarthost:Host", "localhost"), ("MailServer:Smarthost:Security", "None"), ("MailServer:Smarthost:UserName", "a"), ("MailServer:Smarthost:Password", "b")),
        failure => failure.Contains("MailServer:Smarthost:Security", StringComparison.Ordinal));

    private async Task<RelayedRecipient> TryAsync(Action<SmarthostOptions>? change = null)
    {
        var sender = await relay.House.NewcomerAsync(relay.House.Contoso);
        await relay.SubmitAsync(sender, new(sender.Address, [new SubmittedRecipient("somebody@elsewhere.example")], RelayHouse.Octets("A: b\r\n\r\n")));
        await relay.SendAsync(change);
        return Assert.Single((await relay.QueuedAsync(sender)).Recipients);
    }

    private static IReadOnlyList<string> Failures(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value))).Build());
        services.AddSettings<SmarthostOptions>(SmarthostOptions.Section, options => options.Errors());
        using var provider = services.BuildServiceProvider();
        return [.. Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<SmarthostOptions>>().Value).Failures];
    }
}

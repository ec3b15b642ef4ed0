using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Data;
using AdminPortal.Features.Connectivity.Probes;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

/// <summary>Probes against servers that behave, and against servers that do not.</summary>
public sealed class ProbeTests
{
    private const string Password = "correct horse battery";
    private static readonly ProbeCredential OwnPassword = new("marie@contoso.example", null, Password);
    private static readonly ProbeCredential Service = new("checker@service", "marie@contoso.example", Password);

    [Fact]
    public async Task Imap_goes_through_all_steps_with_the_servers_words()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetImapAsync(c);
            await SignInImapAsync(c);
            await c.AnswerImapAsync("* 3 EXISTS", "{tag} OK [READ-ONLY] INBOX is open");
            await c.AnswerImapAsync("+ idling");
            await c.HearAsync();
            await c.SayAsync(LastTag(c) + " OK idled");
            await c.AnswerImapAsync("* BYE until next time", "{tag} OK bye");
        });

        var result = await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.ImplicitTls, Service);

        Assert.Null(result.Cause);
        Assert.True(result.SignedIn);
        Assert.Equal(
            "connect tls greeting capabilities authenticate open idle signOff roundTrip-",
            Told(result));
        Assert.Equal("* OK the test server is ready", Said(result, StepName.Greeting));
        Assert.StartsWith("CN=localhost; issued by CN=Test authority; valid ", Said(result, StepName.Tls), StringComparison.Ordinal);
        Assert.Contains("AUTH=PLAIN", Said(result, StepName.Capabilities), StringComparison.Ordinal);
        Assert.Contains("INBOX is open", Said(result, StepName.Open), StringComparison.Ordinal);
        Assert.Contains($"AUTHENTICATE PLAIN {Base64("marie@contoso.example\0checker@service\0" + Password)}", server.Heard[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pop3_greets_before_TLS_when_TLS_is_asked_for()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.SayAsync("+OK ready");
            await c.AnswerAsync("+OK", "STLS", ".");
            await c.AnswerAsync("+OK go on");
            await c.StartTlsAsync(TestAuthority.Localhost);
            await c.AnswerAsync("+OK", "SASL PLAIN", "UIDL", ".");
            await c.AnswerAsync("+OK signed in");
            while (await c.HearAsync() is { Length: > 0 } command)
                await c.SayAsync(command switch { "STAT" => "+OK 2 320", "CAPA" => "+OK\r\nUIDL\r\n.", _ => "+OK bye" });
        });

        var result = await ProbeAsync(server, MailProtocol.Pop3, ConnectionSecurity.StartTls, OwnPassword);

        Assert.Null(result.Cause);
        Assert.Equal("connect greeting tls capabilities authenticate open signOff roundTrip-", Told(result));
        Assert.Equal("+OK ready", Said(result, StepName.Greeting));
        Assert.Equal("+OK 2 320", Said(result, StepName.Open));
    }

    [Fact]
    public async Task Smtp_names_the_sender_and_sends_nothing()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetSmtpAsync(c);
            await c.AnswerAsync("235 2.7.0 come in");
            await c.AnswerAsync("250 2.1.0 sender ok");
            await c.AnswerAsync("250 2.0.0 forgotten");
            await c.AnswerAsync("221 2.0.0 bye");
        });

        var result = await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.ImplicitTls, OwnPassword);

        Assert.Null(result.Cause);
        Assert.Equal("connect tls greeting capabilities authenticate open signOff roundTrip-", Told(result));
        Assert.Equal(["EHLO checker.example", "MAIL FROM:<marie@contoso.example>", "RSET", "QUIT"], server.Heard.Where(line => !line.StartsWith("AUTH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_a_credential_the_probe_stops_before_it_would_sign_in()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetSmtpAsync(c);
            await c.AnswerAsync("221 bye");
        });

        var result = await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.ImplicitTls, credential: null);

        Assert.Equal((false, null), (result.SignedIn, result.Cause));
        Assert.Equal("connect tls greeting capabilities signOff authenticate- open- roundTrip-", Told(result));
    }

    [Theory]
    [InlineData("NO [CONTACTADMIN] IMAP4 is switched off: ask your administrator", "ProtocolDisabled")]
    [InlineData("NO [AUTHENTICATIONFAILED] no", "WrongPassword")]
    [InlineData("NO [UNAVAILABLE] later", "ServerBusy")]
    [InlineData("NO [LIMIT] too many", "TooManyConnections")]
    [InlineData("BAD what?", "ProtocolError")]
    public async Task A_refused_sign_in_is_read_from_the_servers_code(string answer, string cause)
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetImapAsync(c);
            await c.AnswerImapAsync("{tag} " + answer);
            await c.AnswerImapAsync("* BYE", "{tag} OK bye");
        });

        var result = await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.ImplicitTls, OwnPassword);

        Assert.Equal((false, Enum.Parse<FailureCause>(cause)), (result.SignedIn, result.Cause));
        Assert.EndsWith(answer, Said(result, StepName.Authenticate), StringComparison.Ordinal);
        Assert.Single(server.Heard, line => line.Contains("AUTHENTICATE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_that_the_server_echoes_is_not_kept()
    {
        var sasl = Base64($"\0marie@contoso.example\0{Password}");
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetSmtpAsync(c);
            await c.AnswerAsync($"501 5.5.2 cannot decode {sasl} to {Password}");
            await c.AnswerAsync("221 bye");
        });

        using var run = Run(server.Port, MailProtocol.Smtp, ConnectionSecurity.ImplicitTls, OwnPassword);
        var result = await run.GoAsync();

        Assert.Equal("501 5.5.2 cannot decode *** to ***", Said(result, StepName.Authenticate));
        Assert.DoesNotContain(run.Probe.Transcript, line => line.Contains(sasl, StringComparison.Ordinal) || line.Contains(Password, StringComparison.Ordinal));
        Assert.Contains("C: AUTH PLAIN ***", run.Probe.Transcript);
    }

    [Fact]
    public async Task Nobody_listens()
    {
        using var run = Run(ScriptedServer.ClosedPort(), MailProtocol.Imap, ConnectionSecurity.ImplicitTls, OwnPassword);

        var result = await run.GoAsync();

        Assert.Equal(FailureCause.ConnectionRefused, result.Cause);
        Assert.Equal("connect! greeting- tls- capabilities- authenticate- open- idle- roundTrip- signOff-", Told(result));
    }

    [Theory]
    [InlineData(MailProtocol.Imap)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Smtp)]
    public async Task A_server_of_something_else_is_told_apart(MailProtocol protocol)
    {
        await using var server = ScriptedServer.Start(async c => await c.SayAsync("SSH-2.0-OpenSSH_9.9"));

        Assert.Equal(FailureCause.WrongProtocol, (await ProbeAsync(server, protocol, ConnectionSecurity.StartTls, OwnPassword)).Cause);
        Assert.Equal(FailureCause.WrongProtocol, (await ProbeAsync(server, protocol, ConnectionSecurity.ImplicitTls, OwnPassword)).Cause);
    }

    [Theory]
    [InlineData(MailProtocol.Imap, "* OK hello")]
    [InlineData(MailProtocol.Pop3, "+OK hello")]
    [InlineData(MailProtocol.Smtp, "220 hello")]
    public async Task A_port_that_waits_for_STARTTLS_is_not_spoken_to_in_TLS(MailProtocol protocol, string greeting)
    {
        await using var server = ScriptedServer.Start(async c => { await c.SayAsync(greeting); await c.StaySilentAsync(); });

        Assert.Equal(FailureCause.StartTlsExpected, (await ProbeAsync(server, protocol, ConnectionSecurity.ImplicitTls, OwnPassword)).Cause);
    }

    [Fact]
    public async Task A_port_that_waits_for_TLS_is_found_out_by_offering_it()
    {
        await using var server = ScriptedServer.Start(async c => { await c.StartTlsAsync(TestAuthority.Localhost); await c.SayAsync("* OK hello"); });

        var result = await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.StartTls, OwnPassword);

        Assert.Equal(FailureCause.TlsExpected, result.Cause);
        Assert.StartsWith("connect greeting! ", Told(result), StringComparison.Ordinal);
    }

    [Theory, Reaches("Connectivity:Deadline"), Reaches("Connectivity:GreetingPatience")]
    [InlineData(ConnectionSecurity.StartTls, "greeting!")]
    [InlineData(ConnectionSecurity.ImplicitTls, "tls!")]
    public async Task A_silent_server_is_left_in_time(ConnectionSecurity security, string step)
    {
        await using var server = ScriptedServer.Start(c => c.StaySilentAsync());
        using var run = Run(server.Port, MailProtocol.Imap, security, OwnPassword, deadline: TimeSpan.FromSeconds(1.5));

        var result = await run.GoAsync();

        Assert.Equal(FailureCause.TimedOut, result.Cause);
        Assert.Contains(step, Told(result), StringComparison.Ordinal);
        Assert.All(result.Steps, s => Assert.InRange(s.DurationMs, 0, 5_000));
    }

    [Fact, Reaches("Connectivity:ConnectPatience")]
    public async Task A_port_that_does_not_answer_is_left_in_time()
    {
        // Nobody accepts here, and so few may wait to be: whoever comes then hears nothing at all.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var waiting = new List<Socket>();
        for (var n = 0; n < 8; n++)
        {
            waiting.Add(new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false });
            try
            {
                await waiting[^1].ConnectAsync(full.LocalEndPoint!, new CancellationTokenSource(200).Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        using var run = Run(((IPEndPoint)full.LocalEndPoint!).Port, MailProtocol.Imap, ConnectionSecurity.ImplicitTls, OwnPassword, deadline: TimeSpan.FromSeconds(60));

        Assert.Equal(FailureCause.ConnectionTimedOut, (await run.GoAsync()).Cause);
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact, Reaches("Connectivity:SignOffPatience")]
    public async Task A_server_that_does_not_say_goodbye_is_left_in_time_and_the_check_is_what_it_was()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetSmtpAsync(c);
            await c.AnswerAsync("235 2.7.0 come in");
            await c.AnswerAsync("250 2.1.0 sender ok");
            await c.AnswerAsync("250 2.0.0 forgotten");
            await c.StaySilentAsync();
        });

        var result = await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.ImplicitTls, OwnPassword);

        Assert.Equal((true, null), (result.SignedIn, result.Cause));
    }

    [Fact, Reaches("Connectivity:MostOctets")]
    public async Task An_endless_line_ends()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.SendAsync("* OK ");
            while (true) await c.SendAsync(new string('x', 60_000));
        });

        var result = await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.StartTls, OwnPassword);

        Assert.NotNull(result.Cause);
        Assert.False(result.SignedIn);
        Assert.All(result.Steps, s => Assert.True((s.ServerSaid?.Length ?? 0) <= InertText.MostCharacters));
    }

    [Fact]
    public async Task Starttls_that_is_not_offered_ends_the_check_before_the_password()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.SayAsync("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] stripped");
            await c.AnswerImapAsync("* CAPABILITY IMAP4rev1 AUTH=PLAIN", "{tag} OK");
            await c.StaySilentAsync();
        });

        var result = await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.StartTls, OwnPassword);

        Assert.Equal(FailureCause.StartTlsMissing, result.Cause);
        AssertNothingWasProven(server);
    }

    [Fact]
    public async Task Starttls_that_is_refused_ends_the_check_before_the_password()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.SayAsync("220 hello");
            await c.AnswerAsync("250-hello", "250-AUTH PLAIN", "250 STARTTLS");
            await c.AnswerAsync("454 4.7.0 TLS not available");
            await c.StaySilentAsync();
        });

        var result = await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.StartTls, OwnPassword);

        Assert.Equal(FailureCause.StartTlsMissing, result.Cause);
        Assert.Equal("454 4.7.0 TLS not available", Said(result, StepName.Tls));
        AssertNothingWasProven(server);
    }

    [Theory]
    [InlineData(ConnectionSecurity.StartTls)]
    [InlineData(ConnectionSecurity.ImplicitTls)]
    public async Task A_greeting_that_takes_us_for_signed_in_is_a_failure(ConnectionSecurity security)
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            if (security == ConnectionSecurity.ImplicitTls) await c.StartTlsAsync(TestAuthority.Localhost);
            await c.SayAsync("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome back");
            await c.StaySilentAsync();
        });

        var result = await ProbeAsync(server, MailProtocol.Imap, security, OwnPassword);

        Assert.Equal((false, FailureCause.ProtocolError), (result.SignedIn, result.Cause));
        Assert.Contains("greeting!", Told(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_injected_before_TLS_are_not_believed()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.SayAsync("220 hello");
            await c.AnswerAsync("250-hello", "250 STARTTLS");
            await c.AnswerAsync("220 go on", "250-hello", "250 AUTH PLAIN X-INJECTED");
            await c.StartTlsAsync(TestAuthority.Localhost);
            await c.AnswerAsync("250-hello", "250 AUTH PLAIN X-TRUE");
            await c.AnswerAsync("535 5.7.8 no");
            await c.StaySilentAsync();
        });

        var result = await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.StartTls, OwnPassword);

        Assert.False(result.SignedIn);
        Assert.DoesNotContain("INJECTED", Said(result, StepName.Capabilities) ?? "", StringComparison.Ordinal);
        Assert.Equal(FailureCause.WrongPassword, result.Cause);
        Assert.Equal("connect greeting tls capabilities authenticate! signOff open- roundTrip-", Told(result));
    }

    [Theory]
    [InlineData("self-signed", "CertificateUntrusted")]
    [InlineData("other name", "CertificateWrongName")]
    [InlineData("expired", "CertificateExpired")]
    [InlineData("early", "CertificateNotYetValid")]
    public async Task No_password_is_sent_to_a_server_whose_certificate_is_not_right(string fault, string cause)
    {
        using var certificate = Faulty(fault);
        foreach (var security in new[] { ConnectionSecurity.ImplicitTls, ConnectionSecurity.StartTls })
        {
            await using var server = ScriptedServer.Start(async c =>
            {
                if (security == ConnectionSecurity.StartTls)
                {
                    await c.SayAsync("220 hello");
                    await c.AnswerAsync("250-hello", "250 STARTTLS");
                    await c.AnswerAsync("220 go on");
                }
                await c.StartTlsAsync(certificate);
                await GreetSmtpAsync(c);
                await c.StaySilentAsync();
            });

            var result = await ProbeAsync(server, MailProtocol.Smtp, security, OwnPassword);

            Assert.Equal(Enum.Parse<FailureCause>(cause), result.Cause);
            Assert.Contains("tls!", Told(result), StringComparison.Ordinal);
            Assert.Contains("issued by", Said(result, StepName.Tls), StringComparison.Ordinal);
            AssertNothingWasProven(server);
        }
    }

    [Theory]
    [InlineData(ConnectionSecurity.ImplicitTls)]
    [InlineData(ConnectionSecurity.StartTls)]
    public async Task A_strangers_certificate_cannot_make_the_portal_call_an_address(ConnectionSecurity security)
    {
        await using var inside = ScriptedServer.Start(c => c.HearAsync());
        using var certificate = TestAuthority.OfUnknownIssuerAt($"http://127.0.0.1:{inside.Port}/issuer.cer");
        await using var server = ScriptedServer.Start(async c =>
        {
            if (security == ConnectionSecurity.StartTls)
            {
                await c.SayAsync("220 hello");
                await c.AnswerAsync("250-hello", "250 STARTTLS");
                await c.AnswerAsync("220 go on");
            }
            await c.StartTlsAsync(certificate);
        });

        Assert.Equal(FailureCause.CertificateUntrusted, (await ProbeAsync(server, MailProtocol.Smtp, security, OwnPassword)).Cause);
        Assert.Equal(0, inside.Connections);
    }

    [Fact]
    public async Task A_server_without_IDLE_works_and_is_told_to_lack_it()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetImapAsync(c, "IMAP4rev1 AUTH=PLAIN SASL-IR");
            await c.AnswerImapAsync("{tag} OK [CAPABILITY IMAP4rev1] signed in");
            await c.AnswerImapAsync("* LIST (\\HasNoChildren) \"/\" \"\"", "{tag} OK");
            await c.AnswerImapAsync("* LIST (\\HasNoChildren) \"/\" INBOX", "{tag} OK");
            await c.AnswerImapAsync("* 0 EXISTS", "{tag} OK [READ-ONLY] open");
            await c.AnswerImapAsync("* BYE", "{tag} OK bye");
        });

        var result = await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.ImplicitTls, OwnPassword);

        Assert.Equal((true, FailureCause.IdleMissing), (result.SignedIn, result.Cause));
        Assert.Equal("connect tls greeting capabilities authenticate open idle! signOff roundTrip-", Told(result));
    }

    [Fact]
    public async Task An_older_TLS_is_named()
    {
        // A fatal alert, protocol_version (RFC 8446, 6.2).
        await using var server = ScriptedServer.Start(async c => { await c.SendAsync("\u0015\u0003\u0001\u0000\u0002\u0002\u0046"); await c.StaySilentAsync(); });

        Assert.Equal(FailureCause.TlsVersion, (await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.ImplicitTls, OwnPassword)).Cause);
    }

    [Fact]
    public async Task Without_TLS_no_password_is_sent()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await GreetSmtpAsync(c);
            await c.AnswerAsync("221 bye");
        });

        var result = await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.None, OwnPassword);

        Assert.Equal(FailureCause.PlaintextRefused, result.Cause);
        Assert.Equal("connect greeting capabilities signOff tls- authenticate- open- roundTrip-", Told(result));
        AssertNothingWasProven(server);
    }

    [Theory]
    [InlineData(MailProtocol.Imap, "* BYE too many connections", "ServerBusy")]
    [InlineData(MailProtocol.Pop3, "-ERR [SYS/TEMP] later", "ServerBusy")]
    [InlineData(MailProtocol.Smtp, "421 4.3.2 later", "ServerBusy")]
    public async Task A_server_that_turns_us_away_is_busy(MailProtocol protocol, string greeting, string cause)
    {
        await using var server = ScriptedServer.Start(c => c.SayAsync(greeting));

        var result = await ProbeAsync(server, protocol, ConnectionSecurity.StartTls, OwnPassword);

        Assert.Equal(Enum.Parse<FailureCause>(cause), result.Cause);
        Assert.Equal(greeting, Said(result, StepName.Greeting));
    }

    [Fact]
    public async Task A_service_credential_needs_PLAIN()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await c.SayAsync("220 hello");
            await c.AnswerAsync("250-hello", "250 AUTH LOGIN");
            await c.AnswerAsync("221 bye");
        });

        Assert.Equal(FailureCause.MechanismMissing, (await ProbeAsync(server, MailProtocol.Smtp, ConnectionSecurity.ImplicitTls, Service)).Cause);
        AssertNothingWasProven(server);
    }

    [Fact]
    public async Task What_breaks_after_the_server_let_us_in_does_not_hide_that_it_did()
    {
        await using var server = ScriptedServer.Start(async c =>
        {
            await c.StartTlsAsync(TestAuthority.Localhost);
            await GreetImapAsync(c);
            await c.AnswerImapAsync("{tag} OK come in");
        });

        Assert.True((await ProbeAsync(server, MailProtocol.Imap, ConnectionSecurity.ImplicitTls, OwnPassword)).SignedIn);
    }

    [Fact]
    public async Task Whoever_stops_waiting_gets_no_result()
    {
        await using var server = ScriptedServer.Start(c => c.StaySilentAsync());
        using var run = Run(server.Port, MailProtocol.Imap, ConnectionSecurity.StartTls, OwnPassword);
        using var impatient = new CancellationTokenSource(100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Probe.RunAsync(CancellationToken.None, impatient.Token));
    }

    private static Task GreetImapAsync(Conversation c) => GreetImapAsync(c, "IMAP4rev1 IDLE SASL-IR AUTH=PLAIN");

    private static async Task GreetImapAsync(Conversation c, string capabilities)
    {
        await c.SayAsync("* OK the test server is ready");
        await c.AnswerImapAsync($"* CAPABILITY {capabilities}", "{tag} OK");
    }

    private static async Task SignInImapAsync(Conversation c)
    {
        await c.AnswerImapAsync("{tag} OK [CAPABILITY IMAP4rev1 IDLE] signed in");
        await c.AnswerImapAsync("* LIST (\\HasNoChildren) \"/\" \"\"", "{tag} OK");
        await c.AnswerImapAsync("* LIST (\\HasNoChildren) \"/\" INBOX", "{tag} OK");
    }

    private static async Task GreetSmtpAsync(Conversation c)
    {
        await c.SayAsync("220 hello");
        await c.AnswerAsync("250-hello", "250 AUTH PLAIN");
    }

    private static string LastTag(Conversation c) => c.Heard.Last(line => line.Contains("IDLE", StringComparison.Ordinal)).Split(' ')[0];

    private static X509Certificate2 Faulty(string fault) => fault switch
    {
        "self-signed" => TestAuthority.SelfSigned("localhost"),
        "other name" => TestAuthority.Issue("elsewhere.example"),
        "expired" => TestAuthority.Issue("localhost", -60, -2),
        _ => TestAuthority.Issue("localhost", 2, 60),
    };

    private static void AssertNothingWasProven(ScriptedServer server)
    {
        Assert.DoesNotContain(server.Heard, line => line.Contains("AUTH", StringComparison.Ordinal) || line.Contains("LOGIN", StringComparison.Ordinal));
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static string? Said(ProbeResult result, StepName name) => result.Steps.Single(s => s.Name == name).ServerSaid;

    /// <summary>The steps in their order: <c>!</c> failed, <c>-</c> skipped.</summary>
    private static string Told(ProbeResult result) => string.Join(' ', result.Steps.Select(step =>
        char.ToLowerInvariant(step.Name.ToString()[0]) + step.Name.ToString()[1..] + step.Outcome switch
        {
            StepOutcome.Failed => "!",
            StepOutcome.Skipped => "-",
            _ => "",
        }));

    private static async Task<ProbeResult> ProbeAsync(ScriptedServer server, MailProtocol protocol, ConnectionSecurity security, ProbeCredential? credential)
    {
        using var run = Run(server.Port, protocol, security, credential);
        return await run.GoAsync();
    }

    private static ProbeRun Run(
        int port, MailProtocol protocol, ConnectionSecurity security, ProbeCredential? credential, TimeSpan? deadline = null)
    {
        var target = new ProbeTarget(protocol, "localhost", port, security, [IPAddress.Loopback]);
        var settings = new ProbeSettings(
            new CertificateJudge(TestAuthority.Roots, [], TimeProvider.System), "checker.example",
            TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.5), 1024 * 1024);
        var probe = Probe.For(target, credential, settings, new StepRecorder(TimeProvider.System), "marie@contoso.example");
        return new(probe, deadline ?? TimeSpan.FromSeconds(15));
    }

    private sealed record ProbeRun(Probe Probe, TimeSpan Deadline) : IDisposable
    {
        public async Task<ProbeResult> GoAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            return await Probe.RunAsync(deadline.Token, TestContext.Current.CancellationToken);
        }

        public void Dispose() => Probe.Dispose();
    }
}

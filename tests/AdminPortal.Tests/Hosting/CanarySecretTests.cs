using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>
/// The whole story with secrets that are known to the test: afterwards none of them lies in the database, in a log, in a trace, or in an
/// answer, neither as it is nor in hexadecimal nor in base64.
/// </summary>
public sealed class CanarySecretTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly PortalFactory portal = new(cluster);
    private readonly Ears ears = new();
    private readonly Dictionary<string, string> secrets = [];
    private readonly StringBuilder answers = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await portal.InitializeAsync();
        portal.Set("Portal:Roles", "web,mail,worker");
        portal.Set("OutgoingMail:Host", "127.0.0.1");
        portal.Set("OutgoingMail:Port", "9");
        portal.Set("OutgoingMail:From", "portal@portal.example");
        portal.Set("OutgoingMail:UserName", "portal");
        portal.Set("OutgoingMail:Password", Canary("the outgoing server's password"));
        portal.Replace(ears.LoggerFactory);
        portal.Listen();
    }

    public async ValueTask DisposeAsync()
    {
        await portal.DisposeAsync();
        ears.Dispose();
    }

    [Fact]
    public async Task No_secret_is_found_in_the_database_the_logs_the_traces_or_the_answers()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var mailbox = await portal.NewMailboxAsync(tenant);
        secrets["a person's password"] = admin.Password;
        secrets["a mailbox's password"] = mailbox.Password;
        secrets["the key file"] = (await File.ReadAllTextAsync(Path.Combine(portal.DataFolder, "key"), Cancel)).Trim();
        secrets["the generated service credential"] = await ServicePasswordAsync(tenant);

        await SignInByBrowserAsync(admin);
        using var api = await UseTheApiAsync(tenant, admin, mailbox);
        await SignInByMailAsync(mailbox);
        await SignInByMailAsync(mailbox with { Password = secrets["an app password"] });
        await ReadEverythingAsync(api, tenant, mailbox);

        Assert.All(secrets, secret => Assert.True(secret.Value.Length >= 12, $"{secret.Key} is too short to be looked for."));
        AssertNoneIn("the database", await DumpAsync(), but: mailbox.Address);
        AssertNoneIn("a log", string.Join('\n', ears.Lines), but: "AdminPortal.MailServer");
        AssertNoneIn("a trace", string.Join('\n', ears.Spans), but: "/sign-in");
        AssertNoneIn("an answer", answers.ToString(), but: mailbox.Address);
    }

    private async Task SignInByBrowserAsync(TestPerson admin)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, ServerCertificateCustomValidationCallback = (_, _, _, _) => true, CookieContainer = new() };
        using var browser = new Browser(new HttpClient(handler) { BaseAddress = Address("https") });
        using var refused = await browser.PostAsync("/sign-in", new() { ["Name"] = admin.UserName, ["Password"] = Canary("a wrong password at the portal") });
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        answers.Append(await refused.Content.ReadAsStringAsync(Cancel));
        using var accepted = await browser.PostAsync("/sign-in", new() { ["Name"] = admin.UserName, ["Password"] = admin.Password });
        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        foreach (Cookie cookie in handler.CookieContainer.GetCookies(Address("https"))) secrets[$"the cookie {cookie.Name}"] = cookie.Value;
        using var forgotten = await browser.PostAsync("/forgot-password", new() { ["Name"] = admin.UserName });
        Assert.Equal(HttpStatusCode.OK, forgotten.StatusCode);
    }

    private async Task<HttpClient> UseTheApiAsync(TestTenant tenant, TestPerson admin, TestMailbox mailbox)
    {
        var token = secrets["a token"] = await portal.NewTokenAsync(admin, tenant);
        var api = portal.Api(token);
        api.BaseAddress = Address("http");
        using (var unknown = portal.Api(Canary("a token that is none")))
        {
            unknown.BaseAddress = Address("http");
            using var refused = await unknown.GetAsync(tenant.Api, Cancel);
            answers.Append(await refused.Content.ReadAsStringAsync(Cancel));
        }
        var made = await api.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "Sync", "scopes": ["access:read"]}""", "a-key").JsonAsync(HttpStatusCode.Created);
        secrets["a token with an idempotency key"] = made.GetProperty("token").GetString()!;
        var phone = await api.PostJsonAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords", """{"name": "Phone"}""", "a-third-key").JsonAsync(HttpStatusCode.Created);
        secrets["an app password"] = phone.GetProperty("password").GetString()!;
        await api.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "new@{{tenant.Domain}}", "role": "auditor"}""", "another-key").JsonAsync(HttpStatusCode.Created);
        foreach (var password in new[] { Canary("a password given for a check"), mailbox.Password })
        {
            using var check = await api.PostJsonAsync(
                $"{tenant.Api}/connectivity-checks", $$"""{"mailbox": "{{mailbox.Address}}", "protocol": "imap", "password": "{{password}}"}""");
            Assert.Equal(HttpStatusCode.Created, check.StatusCode);
            answers.Append(await check.Content.ReadAsStringAsync(Cancel));
        }
        using var misspelt = await api.PostJsonAsync(
            $"{tenant.Api}/connectivity-checks", $$"""{"mailbox": "{{mailbox.Address}}", "protocol": "imap", "pasword": "{{Canary("a password in a member that is none")}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, misspelt.StatusCode);
        answers.Append(await misspelt.Content.ReadAsStringAsync(Cancel));
        using var file = new StringContent($"address,pop3\nimported@{tenant.Domain},disabled\n", Encoding.UTF8, new System.Net.Http.Headers.MediaTypeHeaderValue("text/csv"));
        using var import = await api.PostAsync($"{tenant.Api}/imports", file, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, import.StatusCode);
        return api;
    }

    private async Task SignInByMailAsync(TestMailbox mailbox)
    {
        foreach (var password in new[] { secrets.GetValueOrDefault("a wrong password by mail") ?? Canary("a wrong password by mail"), mailbox.Password })
        {
            var plain = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{mailbox.Address}\0{password}"));
            var (name, secret) = (Convert.ToBase64String(Encoding.UTF8.GetBytes(mailbox.Address)), Convert.ToBase64String(Encoding.UTF8.GetBytes(password)));
            await TalkAsync("imaps", $"a LOGIN {mailbox.Address} \"{password}\"");
            await TalkAsync("imaps", "a AUTHENTICATE PLAIN", plain);
            await TalkAsync("imaps", $"a LOGIN {{{mailbox.Address.Length}}}", $"{mailbox.Address} {{{password.Length}}}", password);
            await TalkAsync("imaps", $"a LOGN {mailbox.Address} {password}");
            await TalkAsync("pop3s", $"USER {mailbox.Address}", $"PASS {password}");
            await TalkAsync("pop3s", $"AUTH PLAIN {plain}");
            await TalkAsync("submissions", "EHLO test", "AUTH LOGIN", name, secret);
            await TalkAsync("submissions", "EHLO test", $"AUTH PLAIN {plain}");
        }
    }

    private async Task TalkAsync(string listener, params string[] lines)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, portal.Services.GetRequiredService<MailListeners>().Port(listener), Cancel);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Cancel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var buffer = new byte[8192];
        var read = await tls.ReadAsync(buffer, patience.Token);
        foreach (var line in lines)
        {
            await tls.WriteAsync(Encoding.UTF8.GetBytes($"{line}\r\n"), patience.Token);
            read = await tls.ReadAsync(buffer, patience.Token);
            answers.Append(Encoding.UTF8.GetString(buffer, 0, read));
            if (read == 0) return;
        }
    }

    private async Task ReadEverythingAsync(HttpClient api, TestTenant tenant, TestMailbox mailbox)
    {
        foreach (var list in new[] { "", "/audit-events", "/tokens", "/pods", "/members", "/members/invitations", "/connectivity-checks", "/operations", "/mailboxes", "/sign-in-policy", $"/mailboxes/{mailbox.Id}/app-passwords" })
        {
            using var answer = await api.GetAsync($"{tenant.Api}{list}", Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answers.Append(await answer.Content.ReadAsStringAsync(Cancel));
        }
    }

    /// <summary>A new secret, under the words that a failure shall say.</summary>
    private string Canary(string what) => secrets[what] = $"canary{RandomNumberGenerator.GetHexString(32)}";

    private Task<string> ServicePasswordAsync(TestTenant tenant) => portal.InTenantAsync(tenant, async scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        var (credential, pod) = (await db.ServiceCredentials.SingleAsync(Cancel), await db.Pods.SingleAsync(Cancel));
        return scope.GetRequiredService<ServiceCredentials>().Open(credential, pod);
    });

    private async Task<string> DumpAsync()
    {
        await using var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        var tables = new List<string>();
        await using (var named = source.CreateCommand("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"))
        await using (var reader = await named.ExecuteReaderAsync(Cancel))
            while (await reader.ReadAsync(Cancel)) tables.Add(reader.GetString(0));

        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            await using var rows = source.CreateCommand($"SELECT coalesce(string_agg(to_jsonb(x)::text, E'\\n'), '') FROM {table} x");
            dump.AppendLine(table).AppendLine((string?)await rows.ExecuteScalarAsync(Cancel));
        }
        return dump.ToString();
    }

    /// <param name="where">What is searched.</param>
    /// <param name="text">All of it.</param>
    /// <param name="but">What must be there, or the search would prove nothing.</param>
    private void AssertNoneIn(string where, string text, string but)
    {
        Assert.Contains(but, text);
        foreach (var (what, secret) in secrets)
            foreach (var spelling in Spellings(secret))
                if (text.IndexOf(spelling, StringComparison.OrdinalIgnoreCase) is >= 0 and var place)
                    Assert.Fail($"In {where} lies {what}: …{text[Math.Max(0, place - 200)..Math.Min(text.Length, place + spelling.Length + 60)]}…");
        // What the links in mails carry is known to nobody but their readers.
        Assert.DoesNotMatch("(invitation|reset-password)/[A-Za-z0-9_-]{40,}", text);
    }

    private static IEnumerable<string> Spellings(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return secret;
        yield return Uri.EscapeDataString(secret);
        yield return Convert.ToHexString(bytes);
        // Base64 of whatever it stands in: at each of the three places a secret can begin, without the letters that depend on neighbours.
        for (var skipped = 0; skipped < 3; skipped++)
            yield return Convert.ToBase64String(bytes, skipped, (bytes.Length - skipped) / 3 * 3);
    }

    private Uri Address(string scheme)
    {
        var mail = portal.Services.GetRequiredService<MailListeners>().All.Select(listener => listener.Port).ToHashSet();
        var all = portal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a));
        return new($"{scheme}://localhost:{all.First(a => a.Scheme == scheme && !mail.Contains(a.Port)).Port}");
    }

    /// <summary>Hears every log line and every span that the whole process writes, at the finest level.</summary>
    private sealed class Ears : ILoggerProvider
    {
        private readonly ActivityListener listener;

        public Ears()
        {
            LoggerFactory = Microsoft.Extensions.Logging.LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));
            listener = new()
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span => Spans.Add($"{span.DisplayName} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Events.SelectMany(e => e.Tags))}"),
            };
            ActivitySource.AddActivityListener(listener);
        }

        public ILoggerFactory LoggerFactory { get; }

        public ConcurrentBag<string> Lines { get; } = [];

        public ConcurrentBag<string> Spans { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Ear(Lines, categoryName);

        public void Dispose()
        {
            listener.Dispose();
            (LoggerFactory as IDisposable)?.Dispose();
        }

        private sealed class Ear(ConcurrentBag<string> lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull
            {
                lines.Add($"{category} {state}");
                return null;
            }

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Add($"{category} {formatter(state, exception)} {exception}");
        }
    }
}

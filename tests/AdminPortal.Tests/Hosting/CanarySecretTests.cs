using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Features.Members;
using AdminPortal.Features.SignIn.Reset;
using AdminPortal.Hosting;
using AdminPortal.LocalPostgres;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.SignIn;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>
/// The whole story with secrets that are known to the test: afterwards none of them lies in a dump of the database, in a log, in a trace, in an
/// export or in an answer, however it may be written.
/// </summary>
public sealed class CanarySecretTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly PortalFactory portal = new(cluster);
    private readonly Ears ears = new();
    private readonly CanarySecrets secrets = new();
    private readonly StringBuilder answers = new();
    private string appPassword = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await portal.InitializeAsync();
        portal.Set("Portal:Roles", "web,mail,worker");
        portal.Set("OutgoingMail:Host", "127.0.0.1");
        portal.Set("OutgoingMail:Port", "9");
        portal.Set("OutgoingMail:From", "portal@portal.example");
        portal.Set("OutgoingMail:UserName", "portal");
        portal.Set("OutgoingMail:Password", secrets.New("the outgoing server's password"));
        portal.Replace<ILoggerFactory>(new LogsWithoutLinks(ears.LoggerFactory));
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
        secrets.Add("a person's password", admin.Password);
        secrets.Add("a mailbox's password", mailbox.Password);
        secrets.Add("the key file", Convert.FromBase64String((await File.ReadAllTextAsync(Path.Combine(portal.DataFolder, "key"), Cancel)).Trim()));
        secrets.Add("the generated service credential", await ServicePasswordAsync(tenant));

        await SignInByBrowserAsync(admin);
        using var api = await UseTheApiAsync(tenant, admin, mailbox);
        await KeepSecretsOfOthersAsync(api, tenant);
        await FollowLinksAsync(api, tenant, admin);
        await SignInByMailAsync(mailbox);
        await SignInByMailAsync(mailbox with { Password = appPassword });
        await ReadEverythingAsync(api, tenant, mailbox);
        await ReadPagesAsync(tenant);

        AssertNoneIn("the database", await DumpAsync(), but: mailbox.Address);
        AssertNoneIn("a log", string.Join('\n', ears.Lines), but: "AdminPortal.MailServer");
        AssertNoneIn("a trace", string.Join('\n', ears.Spans), but: "db.query.text");
        AssertNoneIn("an answer", answers.ToString(), but: mailbox.Address);
    }

    private async Task SignInByBrowserAsync(TestPerson admin)
    {
        var cookies = new CookieContainer();
        using var browser = NewBrowser(cookies);
        using var refused = await browser.PostAsync("/sign-in", new() { ["Name"] = admin.UserName, ["Password"] = secrets.New("a wrong password at the portal") });
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        answers.Append(await refused.Content.ReadAsStringAsync(Cancel));
        using var accepted = await browser.PostAsync("/sign-in", new() { ["Name"] = admin.UserName, ["Password"] = admin.Password });
        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        foreach (Cookie cookie in cookies.GetCookies(Address("https"))) secrets.Add($"the cookie {cookie.Name}", cookie.Value);
        using var forgotten = await browser.PostAsync("/forgot-password", new() { ["Name"] = admin.UserName });
        Assert.Equal(HttpStatusCode.OK, forgotten.StatusCode);
        await SecureOwnAccountAsync(browser, admin);
    }

    /// <summary>A phone with its secret, codes for the day on which it is lost, and another password.</summary>
    private async Task SecureOwnAccountAsync(Browser browser, TestPerson admin)
    {
        var (phone, codes) = await browser.SetUpPhoneAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        secrets.Add("an authenticator's secret", phone.Secret);
        foreach (var code in codes)
        {
            secrets.Add($"the recovery code {code}", code);
            secrets.Add($"the recovery code {code}, plain", code.Replace("-", "", StringComparison.Ordinal));
        }
        using var other = NewBrowser(new());
        using var first = await other.PostAsync("/sign-in", new() { ["Name"] = admin.UserName, ["Password"] = admin.Password });
        Assert.Equal("/sign-in/code", first.Headers.Location?.ToString());
        using var wrong = await other.PostAsync("/sign-in/code", new() { ["Code"] = secrets.New("a wrong recovery code")[..32] });
        answers.Append(await wrong.Content.ReadAsStringAsync(Cancel));
        using var right = await other.PostAsync("/sign-in/code", new() { ["Code"] = codes[0] });
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        using var changed = await browser.PostAsync(
            "/account/password", new() { ["Present"] = admin.Password, ["Wanted"] = secrets.New("a person's new password"), ["Again"] = "something else" });
        answers.Append(await changed.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>What the portal shows to other systems, and so must be able to read itself.</summary>
    private async Task KeepSecretsOfOthersAsync(HttpClient api, TestTenant tenant)
    {
        var pod = Guid.CreateVersion7();
        await portal.LookAsync(tenant, db =>
        {
            db.Add(new Pod { TenantId = tenant.Id, Id = pod, Name = "Theirs", Kind = PodKind.DovecotView, Host = "mail.example.net" });
            return db.SaveChangesAsync(Cancel);
        });
        foreach (var which in new[] { "first", "second" })
            answers.Append(await api.SendJsonAsync(
                HttpMethod.Put, $"{tenant.Api}/pods/{pod}/service-credential", $$"""{"userName": "checker", "password": "{{secrets.New($"the {which} service credential")}}"}""", "*").JsonAsync());
        var provider = await api.PostJsonAsync(
            $"{tenant.Api}/sign-in-providers",
            $$"""{"name": "Staff", "issuer": "https://login.example.org", "clientId": "portal", "clientSecret": "{{secrets.New("a client secret")}}", "enabled": false}""",
            "a-provider").JsonAsync(HttpStatusCode.Created);
        answers.Append(provider);
        answers.Append(await api.MergePatchAsync(
            $"{tenant.Api}/sign-in-providers/{provider.GetProperty("id")}", $$"""{"clientSecret": "{{secrets.New("another client secret")}}"}""").JsonAsync());
    }

    /// <summary>An invitation and a reset, by links as they are handed over, each followed to its end.</summary>
    private async Task FollowLinksAsync(HttpClient api, TestTenant tenant, TestPerson admin)
    {
        var guest = $"guest@{tenant.Domain}";
        var invited = await api.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "{{guest}}", "role": "auditor"}""").JsonAsync(HttpStatusCode.Created);
        var invitation = await portal.InScopeAsync(async scope =>
        {
            scope.GetRequiredService<CurrentTenant>().Enter(new(tenant.Id, tenant.Slug, tenant.Slug), PortalRole.TenantAdmin);
            var sent = await scope.GetRequiredService<InvitePerson>().SendAgainAsync(invited.GetProperty("id").GetGuid(), byHand: true, Cancel);
            return Assert.IsType<InviteOutcome.Sent>(sent).Link!;
        });
        await FollowAsync(invitation, "/invitation", new() { ["DisplayName"] = "Guest", ["Language"] = "en", ["Password"] = secrets.New("an invited person's password") });

        var reset = await portal.InScopeAsync(async scope =>
        {
            var link = await scope.GetRequiredService<SendResetLink>().MakeAsync((await scope.GetRequiredService<UserManager<PortalUser>>().FindByIdAsync(admin.Id.ToString()))!, Cancel);
            await scope.GetRequiredService<PortalDbContext>().SaveChangesAsync(Cancel);
            return link;
        });
        await FollowAsync(reset, "/reset-password", new() { ["Password"] = secrets.New("a password after a reset") });
    }

    private async Task FollowAsync(Uri link, string page, Dictionary<string, string> form)
    {
        secrets.Add($"the secret of the link to {page}", link.Segments[^1]);
        using var browser = NewBrowser(new());
        using var followed = await browser.GetAsync(link.AbsolutePath);
        Assert.Equal(page, followed.Headers.Location?.ToString());
        answers.Append(await browser.ReadAsync(page));
        using var done = await browser.PostAsync(page, form);
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        // Once more, when it leads nowhere.
        using var again = await browser.GetAsync(link.AbsolutePath);
        answers.Append(await again.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>The pages of another administrator.</summary>
    private async Task ReadPagesAsync(TestTenant tenant)
    {
        using var browser = NewBrowser(new());
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var signedIn = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = secrets.Add("another person's password", person.Password) });
        var provider = await portal.LookAsync(tenant, db => db.SignInProviders.Select(p => p.Id).SingleAsync(Cancel));
        var pod = await portal.LookAsync(tenant, db => db.Pods.Where(p => p.Host != null).Select(p => p.Id).SingleAsync(Cancel));
        foreach (var page in new[]
        {
            "", "/mailboxes", "/connectivity", "/audit", "/operations", "/settings/members", "/settings/tokens", "/settings/sign-in", $"/settings/sign-in/{provider}",
            "/settings/mail-servers", $"/settings/mail-servers/{pod}",
        })
            answers.Append(await browser.ReadAsync(tenant.Pages + page));
        foreach (var page in new[] { "/account", "/account/sessions", "/account/sign-ins", "/account/two-factor", "/account/passkeys" }) answers.Append(await browser.ReadAsync(page));
    }

    private Browser NewBrowser(CookieContainer cookies) => new(new HttpClient(new HttpClientHandler
    {
        AllowAutoRedirect = false, ServerCertificateCustomValidationCallback = (_, _, _, _) => true, CookieContainer = cookies,
    }) { BaseAddress = Address("https") });

    private async Task<HttpClient> UseTheApiAsync(TestTenant tenant, TestPerson admin, TestMailbox mailbox)
    {
        var token = secrets.Add("a token", await portal.NewTokenAsync(admin, tenant));
        var api = portal.Api(token);
        api.BaseAddress = Address("http");
        using (var unknown = portal.Api(secrets.New("a token that is none")))
        {
            unknown.BaseAddress = Address("http");
            using var refused = await unknown.GetAsync(tenant.Api, Cancel);
            answers.Append(await refused.Content.ReadAsStringAsync(Cancel));
        }
        var made = await api.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "Sync", "scopes": ["access:read"]}""", "a-key").JsonAsync(HttpStatusCode.Created);
        secrets.Add("a token with an idempotency key", made.GetProperty("token").GetString()!);
        var phone = await api.PostJsonAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords", """{"name": "Phone"}""", "a-third-key").JsonAsync(HttpStatusCode.Created);
        appPassword = secrets.Add("an app password", phone.GetProperty("password").GetString()!);
        await api.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "new@{{tenant.Domain}}", "role": "auditor"}""", "another-key").JsonAsync(HttpStatusCode.Created);
        foreach (var password in new[] { secrets.New("a password given for a check"), mailbox.Password })
        {
            using var check = await api.PostJsonAsync(
                $"{tenant.Api}/connectivity-checks", $$"""{"mailbox": "{{mailbox.Address}}", "protocol": "imap", "password": "{{password}}"}""");
            Assert.Equal(HttpStatusCode.Created, check.StatusCode);
            answers.Append(await check.Content.ReadAsStringAsync(Cancel));
        }
        using var misspelt = await api.PostJsonAsync(
            $"{tenant.Api}/connectivity-checks", $$"""{"mailbox": "{{mailbox.Address}}", "protocol": "imap", "pasword": "{{secrets.New("a password in a member that is none")}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, misspelt.StatusCode);
        answers.Append(await misspelt.Content.ReadAsStringAsync(Cancel));
        using var file = new StringContent($"address,pop3\nimported@{tenant.Domain},disabled\n", Encoding.UTF8, new System.Net.Http.Headers.MediaTypeHeaderValue("text/csv"));
        using var import = await api.PostAsync($"{tenant.Api}/imports", file, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, import.StatusCode);
        return api;
    }

    private async Task SignInByMailAsync(TestMailbox mailbox)
    {
        foreach (var password in new[] { secrets.New("a wrong password by mail"), mailbox.Password })
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
        // Every list and item of the tenant that the document knows, exports included.
        var document = await api.GetStringAsync("/openapi/v1.json", Cancel);
        var read = 0;
        foreach (var path in JsonSerializer.Deserialize<JsonElement>(document).GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)))
            foreach (var query in path.Name.EndsWith("/export", StringComparison.Ordinal) ? ["?format=csv", "?format=ndjson"] : new[] { "" })
            {
                var address = path.Name.Replace("{tenant}", tenant.Slug, StringComparison.Ordinal).Replace("{mailbox}", mailbox.Id.ToString(), StringComparison.Ordinal);
                if (address.Contains('{') || !address.StartsWith(tenant.Api, StringComparison.Ordinal)) continue;
                using var answer = await api.GetAsync($"{address}{query}", Cancel);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{address}: {answer.StatusCode}");
                answers.Append(await answer.Content.ReadAsStringAsync(Cancel));
                read++;
            }
        Assert.True(read >= 12, $"Only {read} were read.");
    }

    private Task<string> ServicePasswordAsync(TestTenant tenant) => portal.InTenantAsync(tenant, async scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        var (credential, pod) = (await db.ServiceCredentials.SingleAsync(Cancel), await db.Pods.SingleAsync(Cancel));
        return scope.GetRequiredService<ServiceCredentials>().Open(credential, pod);
    });

    /// <summary>All that a backup holds: what pg_dump writes in plain.</summary>
    private async Task<string> DumpAsync()
    {
        var to = new NpgsqlConnectionStringBuilder(portal.Database.SuperuserConnectionString);
        var binaries = await PostgresBinaries.FindAsync(null, Cancel);
        var start = new ProcessStartInfo(
            Path.Combine(binaries.Folder, "pg_dump"), ["--format=plain", $"--host={to.Host}", $"--port={to.Port}", $"--username={to.Username}", to.Database!])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["PGPASSWORD"] = to.Password },
        };
        using var dumping = Process.Start(start)!;
        var (dump, errors) = (dumping.StandardOutput.ReadToEndAsync(Cancel), dumping.StandardError.ReadToEndAsync(Cancel));
        await dumping.WaitForExitAsync(Cancel);
        Assert.True(dumping.ExitCode == 0, await errors);
        return await dump;
    }

    /// <summary>What the links in mails carry is known to nobody but their readers.</summary>
    private void AssertNoneIn(string where, string text, string but)
    {
        secrets.AssertNoneIn(where, text, but);
        Assert.DoesNotMatch("(invitation|reset-password)/[A-Za-z0-9_-]{40,}", text);
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
                // What the test's own clients ask is no trace of the portal's.
                ShouldListenTo = source => source.Name != "System.Net.Http",
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

using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AdminPortal.Hosting;
using AdminPortal.Tests.Features.Connectivity;
using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.EndToEnd.Pages;

/// <summary>
/// A portal in which there is one of everything that pages show, and a browser to look at them. Whatever somebody may write there is hostile:
/// names, reasons, and the words and certificates of the mail servers that were checked.
/// </summary>
public sealed class CrawledPortal(TestCluster cluster) : IAsyncLifetime
{
    private const string Tenant = "/api/v1/tenants/contoso";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("adminportal-pages-");
    private readonly ScriptedServer imap = Hostile.Imap(), tls = Hostile.Tls();
    private DatabaseCopy? database;

    internal PortalProcess Portal { get; private set; } = null!;

    internal Browser Browser { get; private set; } = null!;

    /// <summary>What stands for the braces in a page's address.</summary>
    internal Dictionary<string, string> Objects { get; } = new()
    {
        ["tenant"] = "contoso", ["name"] = "contoso", ["organisation"] = "contoso", ["documentName"] = "v1", ["protocol"] = "pop3",
        ["mailbox"] = "first.mailbox@contoso.example",
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = await (await cluster.StartedAsync()).CopyAsync(Cancel);
        var roots = Path.Combine(folder.FullName, "roots.pem");
        await File.WriteAllTextAsync(roots, TestAuthority.Roots[0].ExportCertificatePem(), Cancel);
        Portal = await PortalProcess.StartAsync(database, folder.FullName, Cancel, settings: new()
        {
            ["Portal__ExtraTrustedRoots"] = roots,
            ["Connectivity__AllowedAddresses__0"] = $"127.0.0.1:{imap.Port}", ["Connectivity__AllowedAddresses__1"] = $"[::1]:{imap.Port}",
            ["Connectivity__AllowedAddresses__2"] = $"127.0.0.1:{tls.Port}", ["Connectivity__AllowedAddresses__3"] = $"[::1]:{tls.Port}",
        });
        Browser = await Browser.StartAsync();
        await MakeOneOfEverythingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        if (Portal is not null) await Portal.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        await imap.DisposeAsync();
        await tls.DisposeAsync();
        folder.Delete(recursive: true);
    }

    /// <summary>Runs a statement behind the portal's back.</summary>
    internal async Task ArrangeAsync(string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(database!.SuperuserConnectionString);
        await using var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        Assert.True(await command.ExecuteNonQueryAsync(Cancel) > 0, sql);
    }

    /// <summary>A link to the page behind a secret that works once; of the secret only its hash is stored.</summary>
    internal async Task<string> LinkAsync(string door)
    {
        var secret = OneTimeSecret.Make();
        if (door == "invitation") await ArrangeAsync("UPDATE invitation SET token_hash = $1", secret.Hash);
        else
            await ArrangeAsync(
                """
                INSERT INTO password_reset (id, name, language, asked_at, handled_at, user_id, token_hash, expires_at)
                SELECT gen_random_uuid(), user_name, 'en', now(), now(), id, $1, now() + interval '20 minutes' FROM portal_user WHERE user_name LIKE 'auditor@contoso%'
                """, secret.Hash);
        return $"/{door}/{secret.Text}";
    }

    private async Task MakeOneOfEverythingAsync()
    {
        using var admin = Portal.Api("contoso", "TenantAdmin");
        await WriteHostileTextsAsync(admin);
        Objects["mailbox:id"] = (await admin.GetFromJsonAsync<JsonElement>($"{Tenant}/mailboxes/{Objects["mailbox"]}", Cancel)).GetProperty("id").GetString()!;
        Objects["appPassword"] = (await admin.GetFromJsonAsync<JsonElement>($"{Tenant}/mailboxes/{Objects["mailbox"]}/app-passwords", Cancel)).GetProperty("items")[0].GetProperty("id").GetString()!;
        Objects["pod"] = (await admin.GetFromJsonAsync<JsonElement>($"{Tenant}/pods", Cancel)).GetProperty("items")[0].GetProperty("id").GetString()!;
        Objects["operation"] = await MadeAsync(admin.PostAsJsonAsync(
            $"{Tenant}/access-changes", new { selection = new { addresses = new[] { Objects["mailbox"], "nobody@contoso.example" } }, changes = new { smtp = "disabled" }, reason = Hostile.Text("reason") }, Cancel));
        Objects["provider"] = await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/sign-in-providers", new { name = $"provider{Hostile.Script}", issuer = "https://login.example.org", clientId = "portal" }, Cancel));
        Objects["token"] = await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/tokens", new { name = $"token{Hostile.Markup}", scopes = new[] { "access:read" } }, Cancel));
        await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/members", new { address = "new.colleague@contoso.example", role = "helpdesk" }, Cancel));
        await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/domains", new { name = "contoso-new.example" }, Cancel));
        foreach (var protocol in new[] { "pop3", "imap", "smtp" })
            await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/connectivity-checks", new { mailbox = Objects["mailbox"], protocol, password = "guessed-by-nobody" }, Cancel));
        using var file = new StringContent($"address,displayName,pop3,plan\nfirst.mailbox@contoso.example,cell{Hostile.Markup.Replace('"', ' ')},disabled,\nsomebody@elsewhere.example,,enabled,\nsecond.mailbox@contoso.example,,{Hostile.Markup.Replace('"', ' ')},\n", Encoding.UTF8, "text/csv");
        Objects["import"] = await MadeAsync(admin.PostAsync($"{Tenant}/imports?dryRun=true", file, Cancel));
    }

    private async Task WriteHostileTextsAsync(HttpClient admin)
    {
        await PatchAsync(admin, Tenant, new { name = $"tenant{Hostile.Markup}" });
        var plan = Objects["plan"] = await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/plans", new { name = $"plan{Hostile.Markup}" }, Cancel));
        var mailbox = $"{Tenant}/mailboxes/{Objects["mailbox"]}";
        await PatchAsync(admin, mailbox, new { displayName = Hostile.Text("mailbox"), plan });
        await SendAsync(admin, HttpMethod.Put, $"{mailbox}/connection-settings", new
        {
            items = new object[]
            {
                new { protocol = "imap", host = "localhost", port = imap.Port, security = "startTls" },
                new { protocol = "pop3", host = "localhost", port = tls.Port, security = "implicitTls" },
            },
        }, "application/json");
        // What an issuer calls people, what older versions let through, and what nobody can write yet.
        await ArrangeAsync("UPDATE portal_user SET display_name = $1", Hostile.Text("person"));
        await ArrangeAsync("UPDATE pod SET name = $1 || id", Hostile.Text("pod"));
        await ArrangeAsync("UPDATE plan SET name = name || $1", Hostile.Acting);
        await ArrangeAsync("UPDATE tenant SET name = name || $1", Hostile.Acting);
        await ArrangeAsync(
            """
            INSERT INTO access_exception (tenant_id, id, mailbox_id, protocol, effect, reason, ticket, starts_at, created_by, version)
            SELECT tenant_id, gen_random_uuid(), id, 3, 2, $1, $2, now() - interval '1 day', $3, 1 FROM mailbox WHERE address = 'first.mailbox@contoso.example'
            """, Hostile.Text("exception"), Hostile.Text("ticket"), Hostile.Text("by"));
    }

    private static Task PatchAsync(HttpClient admin, string path, object patch) => SendAsync(admin, HttpMethod.Patch, path, patch, "application/merge-patch+json");

    private static async Task SendAsync(HttpClient admin, HttpMethod method, string path, object body, string type)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, type) };
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        using var answer = await admin.SendAsync(request, Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Cancel)}");
    }

    private static async Task<string> MadeAsync(Task<HttpResponseMessage> making)
    {
        using var answer = await making;
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}");
        var made = JsonSerializer.Deserialize<JsonElement>(body);
        return (made.TryGetProperty("id", out var id) ? id : made.GetProperty("token").GetProperty("id")).GetString()!;
    }
}

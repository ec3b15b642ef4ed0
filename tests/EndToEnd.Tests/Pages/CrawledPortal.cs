using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.EndToEnd.Pages;

/// <summary>A portal in which there is one of everything that pages show, and a browser to look at them.</summary>
public sealed class CrawledPortal(TestCluster cluster) : IAsyncLifetime
{
    private const string Tenant = "/api/v1/tenants/contoso";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("adminportal-pages-");
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
        Portal = await PortalProcess.StartAsync(database, folder.FullName, Cancel);
        Browser = await Browser.StartAsync();
        await MakeOneOfEverythingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        if (Portal is not null) await Portal.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
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
        Objects["mailbox:id"] = (await admin.GetFromJsonAsync<JsonElement>($"{Tenant}/mailboxes/{Objects["mailbox"]}", Cancel)).GetProperty("id").GetString()!;
        Objects["operation"] = await MadeAsync(admin.PostAsJsonAsync(
            $"{Tenant}/access-changes", new { selection = new { addresses = new[] { Objects["mailbox"], "nobody@contoso.example" } }, changes = new { smtp = "disabled" }, reason = "Leak" }, Cancel));
        Objects["provider"] = await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/sign-in-providers", new { name = "Entra", issuer = "https://login.example.org", clientId = "portal" }, Cancel));
        Objects["token"] = await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/tokens", new { name = "Crawl", scopes = new[] { "access:read" } }, Cancel));
        await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/members", new { address = "new.colleague@contoso.example", role = "helpdesk" }, Cancel));
        await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/domains", new { name = "contoso-new.example" }, Cancel));
        foreach (var protocol in new[] { "pop3", "imap", "smtp" })
            await MadeAsync(admin.PostAsJsonAsync($"{Tenant}/connectivity-checks", new { mailbox = Objects["mailbox"], protocol }, Cancel));
        using var file = new StringContent("address,pop3\nfirst.mailbox@contoso.example,disabled\nsomebody@elsewhere.example,enabled\n", Encoding.UTF8, "text/csv");
        Objects["import"] = await MadeAsync(admin.PostAsync($"{Tenant}/imports?dryRun=true", file, Cancel));
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

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Hosting;
using AdminPortal.Tests.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.MailAccess;

/// <summary>
/// The whole portal over a database of its own, in which Contoso has a domain, a plan that switches POP3 off, and mailboxes; Fabrikam is
/// the neighbour whom nobody of Contoso may see. Everybody has a token.
/// </summary>
public sealed class AccessStage(TestCluster cluster) : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("access-").FullName;
    private DatabaseCopy? copy;
    private Portal? portal;

    public Guid Contoso { get; } = Guid.CreateVersion7();

    public Guid Fabrikam { get; } = Guid.CreateVersion7();

    internal DatabaseCopy Database => copy ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    public Guid PlanWithoutPop3 { get; private set; }

    /// <summary>Signed in by token, at the root of Contoso's API: <c>mailboxes/…</c>.</summary>
    public HttpClient Admin { get; private set; } = null!;

    public HttpClient Helpdesk { get; private set; } = null!;

    public HttpClient Auditor { get; private set; } = null!;

    /// <summary>Somebody else's administrator, at Contoso's address.</summary>
    public HttpClient Stranger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        copy = await (await cluster.StartedAsync()).CopyAsync(TestContext.Current.CancellationToken);
        await SettleAsync(Contoso, "contoso");
        await SettleAsync(Fabrikam, "fabrikam");
        portal = new(Database.ServingConnectionString, folder);
        Admin = await ClientAsync(Contoso, PortalRole.TenantAdmin, "admin");
        Helpdesk = await ClientAsync(Contoso, PortalRole.Helpdesk, "helpdesk");
        Auditor = await ClientAsync(Contoso, PortalRole.Auditor, "auditor");
        Stranger = await ClientAsync(Fabrikam, PortalRole.TenantAdmin, "stranger");
    }

    public async ValueTask DisposeAsync()
    {
        if (portal is not null) await portal.DisposeAsync();
        if (copy is not null) await copy.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public PortalDbContext Db(Guid tenant)
    {
        var scope = new TenantScope();
        scope.Enter(tenant);
        return ServingContext.Create(Database.ServingConnectionString, scope);
    }

    /// <summary>New mailboxes of Contoso that inherit everything: each test has its own.</summary>
    public async Task<IReadOnlyList<Mailbox>> MailboxesAsync(int count, Guid? plan = null, AccessSettings? access = null)
    {
        await using var db = Db(Contoso);
        var domain = await db.Domains.SingleAsync(TestContext.Current.CancellationToken);
        var pod = await db.Pods.SingleAsync(TestContext.Current.CancellationToken);
        var mailboxes = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).Select(id => new Mailbox
        {
            TenantId = Contoso,
            Id = id,
            Address = $"m{id:N}@contoso.example",
            DisplayName = $"Mailbox {id:N}",
            DomainId = domain.Id,
            PlanId = plan,
            PodId = pod.Id,
            Access = access ?? AccessSettings.Inherited,
        }).ToList();
        db.AddRange(mailboxes);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return mailboxes;
    }

    public async Task<Mailbox> MailboxAsync(Guid? plan = null, AccessSettings? access = null) => (await MailboxesAsync(1, plan, access))[0];

    /// <summary>The operation that the answer queued, once it has ended: the stream of its events ends with it.</summary>
    internal async Task<JsonElement> FinishedAsync(HttpResponseMessage accepted)
    {
        var operation = accepted.Headers.Location ?? throw new InvalidOperationException($"{(int)accepted.StatusCode} queued nothing: {await accepted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        await Admin.GetStringAsync($"{operation}/events", TestContext.Current.CancellationToken);
        return await Admin.ReadAsync(operation.ToString()).JsonAsync();
    }

    internal async Task<IReadOnlyList<JsonElement>> ItemsAsync(string operation, string outcome = "") =>
        [.. (await Admin.ReadAsync($"operations/{operation}/items?outcome={outcome}").JsonAsync()).GetProperty("items").EnumerateArray()];

    private async Task SettleAsync(Guid tenant, string slug)
    {
        await using var db = Db(tenant);
        var plan = new Plan { TenantId = tenant, Id = Guid.CreateVersion7(), Name = "No POP3", Access = new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Inherit) };
        db.Tenants.Add(new() { Id = tenant, Slug = slug, Name = $"{char.ToUpperInvariant(slug[0])}{slug[1..]}" });
        db.AddRange(
            new Domain { TenantId = tenant, Id = Guid.CreateVersion7(), Name = $"{slug}.example", ActiveSince = DateTimeOffset.UnixEpoch },
            new Pod { TenantId = tenant, Id = Guid.CreateVersion7(), Name = "Reference server", Kind = PodKind.Embedded },
            plan);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        if (tenant == Contoso) PlanWithoutPop3 = plan.Id;
    }

    private async Task<HttpClient> ClientAsync(Guid tenant, PortalRole role, string name)
    {
        await using var db = Db(tenant);
        var (text, user) = (TokenText.Make(), new PortalUser { Id = Guid.CreateVersion7(), UserName = name, NormalizedUserName = name.ToUpperInvariant() });
        db.Users.Add(user);
        db.Members.Add(new() { TenantId = tenant, UserId = user.Id, Role = role });
        db.ApiTokens.Add(new()
        {
            Id = Guid.CreateVersion7(), TenantId = tenant, Name = $"{name}'s token", Prefix = TokenText.Shown(text), Hash = TokenText.Hash(text), UserId = user.Id,
            Scopes = [.. Scopes.All],
        });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        var client = portal!.CreateClient(new() { AllowAutoRedirect = false, BaseAddress = new("http://localhost/api/v1/tenants/contoso/") });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
        return client;
    }

    private sealed class Portal(string connectionString, string folder) : WebApplicationFactory<PortalDbContext>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseSetting("ConnectionStrings:Portal", connectionString);
            builder.UseSetting("Portal:DataFolder", folder);
            builder.UseSetting("Portal:Roles", "web,worker");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
            // The test server has no limit on bodies that a route could raise.
            builder.UseSetting("Logging:LogLevel:Microsoft.AspNetCore.Routing", "Error");
        }
    }
}

/// <summary>Requests and answers as the tests speak of them.</summary>
internal static class Api
{
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, HttpMethod method, string path, object? body = null, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, new MediaTypeHeaderValue(method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json"));
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static Task<HttpResponseMessage> PatchAsync(this HttpClient client, string path, object body, string? ifMatch = "*") =>
        client.SendAsync(HttpMethod.Patch, path, body, ifMatch);

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, object? body = null) =>
        client.SendAsync(HttpMethod.Post, path, body);

    public static Task<HttpResponseMessage> ReadAsync(this HttpClient client, string path) => client.SendAsync(HttpMethod.Get, path);

    public static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> sent)
    {
        var response = await sent;
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    public static async Task<int> StatusAsync(this Task<HttpResponseMessage> sent) => (int)(await sent).StatusCode;

    /// <summary><c>json.At("pop3", "effective")</c>, as text.</summary>
    public static string? At(this JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path) json = json.GetProperty(name);
        return json.ValueKind == JsonValueKind.String ? json.GetString() : json.GetRawText();
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.MailAccess;

/// <summary>
/// The portal with a worker. Contoso has a plan that switches POP3 off, and everybody of it has a token; a stranger of another tenant knocks
/// at its address.
/// </summary>
public sealed class AccessStage(TestCluster cluster) : IAsyncLifetime
{
    public PortalFactory Portal { get; } = new(cluster);

    public TestTenant Contoso { get; private set; } = null!;

    public Guid PlanWithoutPop3 { get; private set; }

    /// <summary>At the root of Contoso's API: <c>mailboxes/…</c>.</summary>
    public HttpClient Admin { get; private set; } = null!;

    public HttpClient Helpdesk { get; private set; } = null!;

    public HttpClient Auditor { get; private set; } = null!;

    public HttpClient Stranger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Portal.Set("Portal:Roles", "web,worker");
        // The in-memory server has no limit on bodies that a route could raise.
        Portal.Set("Logging:LogLevel:Microsoft.AspNetCore.Routing", "Error");
        await Portal.InitializeAsync();
        Contoso = await Portal.NewTenantAsync("contoso");
        PlanWithoutPop3 = await NewPlanAsync();
        Admin = await ClientAsync(Contoso, PortalRole.TenantAdmin);
        Helpdesk = await ClientAsync(Contoso, PortalRole.Helpdesk);
        Auditor = await ClientAsync(Contoso, PortalRole.Auditor);
        Stranger = await ClientAsync(await Portal.NewTenantAsync("fabrikam"), PortalRole.TenantAdmin);
    }

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    /// <summary>New mailboxes of Contoso that inherit everything, unless it is said otherwise: each test has its own.</summary>
    public async Task<IReadOnlyList<TestMailbox>> MailboxesAsync(int count, Guid? plan = null, AccessSettings? access = null)
    {
        var mailboxes = new List<TestMailbox>();
        for (var n = 0; n < count; n++) mailboxes.Add(await MailboxAsync(plan, access));
        return mailboxes;
    }

    public Task<TestMailbox> MailboxAsync(Guid? plan = null, AccessSettings? access = null) => Portal.NewMailboxAsync(Contoso, more: mailbox =>
    {
        mailbox.PlanId = plan;
        mailbox.Access = access ?? AccessSettings.Inherited;
    });

    public async Task<IReadOnlyList<AccessSettings>> SettingsAsync(IReadOnlyList<TestMailbox> mailboxes)
    {
        var ids = mailboxes.Select(m => m.Id).ToList();
        var stored = await Portal.LookAsync(Contoso, db =>
            db.Mailboxes.Where(m => ids.Contains(m.Id)).ToDictionaryAsync(m => m.Id, m => m.Access, TestContext.Current.CancellationToken));
        return [.. ids.Select(id => stored[id])];
    }

    /// <summary>Contoso's audit trail about one thing.</summary>
    public async Task<IReadOnlyList<AuditEvent>> AuditAsync(Guid target) => [.. (await Portal.AuditAsync(Contoso)).Where(e => e.TargetId == target)];

    /// <summary>Puts rows there, as the portal would.</summary>
    public Task<int> AddAsync(params object[] rows) => Portal.InTenantAsync(Contoso, scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        db.AddRange(rows);
        return db.SaveChangesAsync(TestContext.Current.CancellationToken);
    });

    /// <summary>The operation that the answer queued, once it has ended: the stream of its events ends with it.</summary>
    internal async Task<JsonElement> FinishedAsync(HttpResponseMessage accepted)
    {
        var operation = accepted.Headers.Location ?? throw new InvalidOperationException($"{(int)accepted.StatusCode} queued nothing.");
        await Admin.GetStringAsync($"{operation}/events", TestContext.Current.CancellationToken);
        return await Admin.ReadAsync(operation.ToString()).JsonAsync();
    }

    internal async Task<IReadOnlyList<JsonElement>> ItemsAsync(string operation, string outcome = "") =>
        [.. (await Admin.ReadAsync($"operations/{operation}/items?outcome={outcome}").JsonAsync()).GetProperty("items").EnumerateArray()];

    private async Task<Guid> NewPlanAsync()
    {
        var plan = new Plan { TenantId = Contoso.Id, Id = Guid.CreateVersion7(), Name = "No POP3", Access = AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled } };
        await AddAsync(plan);
        return plan.Id;
    }

    private async Task<HttpClient> ClientAsync(TestTenant tenant, PortalRole role)
    {
        var client = await Portal.ApiAsync(tenant, role);
        client.BaseAddress = new(client.BaseAddress!, $"{Contoso.Api}/");
        return client;
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

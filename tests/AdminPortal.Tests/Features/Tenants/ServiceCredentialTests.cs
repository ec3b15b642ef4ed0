using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>A password for another's mail server goes in, is used at its host alone, and never comes out.</summary>
public sealed class ServiceCredentialTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private const string Password = "a-password-for-their-server";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_set_and_replaced_and_no_answer_or_record_shows_the_password()
    {
        var (tenant, pod, admin) = await PodAsync();
        var shown = await PutAsync(admin, pod, Password).JsonAsync();
        Assert.Equal("checker", shown.GetProperty("serviceUserName").GetString());
        Assert.Equal(Password, await OpenedAsync(tenant));

        await PutAsync(admin, pod, "another-password").JsonAsync();
        Assert.Equal("another-password", await OpenedAsync(tenant));
        var trail = await admin.GetStringAsync($"{tenant.Api}/audit-events", Cancel);
        foreach (var text in new[] { shown.GetRawText(), trail, await admin.GetStringAsync(pod, Cancel), await admin.GetStringAsync($"{tenant.Api}/pods", Cancel) })
            Assert.DoesNotContain("password", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, (await portal.AuditAsync(tenant)).Count(e => e.Action == AuditActions.ServiceCredentialSet));
    }

    [Fact]
    public async Task Another_host_forgets_it_and_says_so()
    {
        var (tenant, pod, admin) = await PodAsync();
        await PutAsync(admin, pod, Password).JsonAsync();
        Assert.Equal("checker", (await admin.MergePatchAsync(pod, """{"name": "Renamed"}""").JsonAsync()).GetProperty("serviceUserName").GetString());

        var moved = await admin.MergePatchAsync(pod, """{"host": "listener.example.org"}""").JsonAsync();

        Assert.False(moved.TryGetProperty("serviceUserName", out var kept) && kept.ValueKind != System.Text.Json.JsonValueKind.Null);
        Assert.Equal(0, await portal.LookAsync(tenant, db => db.ServiceCredentials.CountAsync(c => c.UserName == "checker", Cancel)));
        Assert.Contains("cleared", (await portal.AuditAsync(tenant)).Last(e => e.Action == AuditActions.PodChanged).After!.RootElement.GetRawText());
    }

    [Fact]
    public async Task Whoever_writes_another_host_into_the_database_gets_nothing_either()
    {
        var (tenant, pod, admin) = await PodAsync();
        await PutAsync(admin, pod, Password).JsonAsync();
        await portal.LookAsync(tenant, db => db.Pods.Where(p => p.Host != null).ExecuteUpdateAsync(p => p.SetProperty(x => x.Host, "listener.example.org"), Cancel));
        await Assert.ThrowsAnyAsync<System.Security.Cryptography.CryptographicException>(() => OpenedAsync(tenant));
    }

    [Fact]
    public async Task It_is_cleared_once_and_clearing_what_is_not_there_is_no_change()
    {
        var (tenant, pod, admin) = await PodAsync();
        await PutAsync(admin, pod, Password).JsonAsync();
        for (var time = 0; time < 2; time++)
            await admin.SendJsonAsync(HttpMethod.Delete, $"{pod}/service-credential", ifMatch: "*").JsonAsync();
        Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.ServiceCredentialCleared);
    }

    [Theory]
    [InlineData("""{"userName": "", "password": "x"}""", "userName")]
    [InlineData("""{"userName": "a", "password": "x\r\nQUIT"}""", "password")]
    [InlineData("""{"userName": "a", "password": "x", "tenantId": "1"}""", "tenantId")]
    [InlineData("""{"userName": "a", "password": "x", "passwordHash": "1"}""", "passwordHash")]
    public async Task What_is_wrong_is_named_without_repeating_it(string json, string field)
    {
        var (_, pod, admin) = await PodAsync();
        Assert.NotEmpty(await admin.SendJsonAsync(HttpMethod.Put, $"{pod}/service-credential", json, "*").FieldErrorAsync(field));
    }

    [Fact]
    public async Task The_embedded_servers_own_is_not_touched()
    {
        var tenant = await portal.NewTenantAsync();
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        await PutAsync(admin, $"{tenant.Api}/pods/{tenant.PodId}", Password).ProblemAsync(HttpStatusCode.Conflict);
        await admin.SendJsonAsync(HttpMethod.Delete, $"{tenant.Api}/pods/{tenant.PodId}/service-credential", ifMatch: "*").ProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Of_two_administrators_the_second_is_told()
    {
        var (_, pod, admin) = await PodAsync();
        var seen = (await admin.ETagAsync(pod)).ToString();
        await PutAsync(admin, pod, Password, seen).JsonAsync();
        await PutAsync(admin, pod, Password, seen).ProblemAsync(HttpStatusCode.PreconditionFailed);
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient client, string pod, string password, string ifMatch = "*") =>
        client.SendJsonAsync(HttpMethod.Put, $"{pod}/service-credential", $$"""{"userName": "checker", "password": "{{password}}"}""", ifMatch);

    private async Task<(TestTenant, string Pod, HttpClient Admin)> PodAsync()
    {
        var tenant = await portal.NewTenantAsync();
        var id = Guid.CreateVersion7();
        await portal.LookAsync(tenant, db =>
        {
            db.Add(new Pod { TenantId = tenant.Id, Id = id, Name = "Theirs", Kind = PodKind.DovecotView, Host = "mail.example.net" });
            return db.SaveChangesAsync(Cancel);
        });
        return (tenant, $"{tenant.Api}/pods/{id}", await portal.ApiAsync(tenant, PortalRole.TenantAdmin));
    }

    private Task<string> OpenedAsync(TestTenant tenant) => portal.InTenantAsync(tenant, async scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        var pod = await db.Pods.SingleAsync(p => p.Host != null, Cancel);
        return scope.GetRequiredService<ServiceCredentials>().Open(await db.ServiceCredentials.SingleAsync(c => c.PodId == pod.Id, Cancel), pod);
    });
}

using System.Net;
using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class IdempotencyTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_key_and_request_get_the_same_answer_and_do_the_work_once()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var first = await CreatePlanAsync(admin, tenant, "Once", "key-1");
        using var second = await CreatePlanAsync(admin, tenant, "Once", "key-1");

        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Headers.ETag, second.Headers.ETag);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal(await first.Content.ReadAsStringAsync(Cancel), await second.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(1, await PlansAsync(tenant, "Once"));
    }

    [Fact]
    public async Task A_key_that_comes_with_another_request_is_refused()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var first = await CreatePlanAsync(admin, tenant, "One", "key-2");
        Assert.Equal("idempotency-key-reused", await CreatePlanAsync(admin, tenant, "Two", "key-2").ProblemAsync(HttpStatusCode.UnprocessableEntity));
        Assert.Equal(0, await PlansAsync(tenant, "Two"));
    }

    [Fact]
    public async Task Of_many_at_once_one_does_the_work_and_the_others_wait_their_turn()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => CreatePlanAsync(admin, tenant, "Raced", "key-3")));

        Assert.Equal(1, await PlansAsync(tenant, "Raced"));
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.Created);
        foreach (var other in answers.Where(a => a.StatusCode != HttpStatusCode.Created))
            Assert.Equal("idempotency-key-in-flight", await Task.FromResult(other).ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_refused_request_may_be_sent_again_once_the_reason_is_gone()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var taken = await CreatePlanAsync(admin, tenant, "Everyone", "key-4");
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);
        await portal.LookAsync(tenant, db => db.Plans.Where(p => p.Name == "Everyone").ExecuteDeleteAsync(Cancel));
        using var again = await CreatePlanAsync(admin, tenant, "Everyone", "key-4");
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
    }

    [Fact]
    public async Task Keys_of_different_callers_never_meet()
    {
        var tenant = await portal.NewTenantAsync();
        var (one, two) = (await portal.ApiAsync(tenant, PortalRole.TenantAdmin), await portal.ApiAsync(tenant, PortalRole.TenantAdmin));
        using var ofOne = await CreatePlanAsync(one, tenant, "Of one", "key-5");
        using var ofTwo = await CreatePlanAsync(two, tenant, "Of two", "key-5");
        Assert.Equal(HttpStatusCode.Created, ofTwo.StatusCode);
    }

    [Fact]
    public async Task A_key_is_kept_for_a_day()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var first = await CreatePlanAsync(admin, tenant, "First", "key-6");
        await portal.LookAsync(tenant, db => db.IdempotencyRecords.ExecuteUpdateAsync(
            r => r.SetProperty(x => x.CreatedAt, x => x.CreatedAt.AddHours(-24)), Cancel));
        using var second = await CreatePlanAsync(admin, tenant, "Second", "key-6");
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
    }

    [Fact]
    public async Task Work_whose_answer_was_lost_is_not_done_again()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var first = await CreatePlanAsync(admin, tenant, "Done", "key-7");
        // As the handler's transaction leaves it when the process dies right after the commit.
        await portal.LookAsync(tenant, db => db.IdempotencyRecords.ExecuteUpdateAsync(r => r.SetProperty(x => x.Status, 0), Cancel));
        Assert.Equal("idempotency-answer-lost", await CreatePlanAsync(admin, tenant, "Done", "key-7").ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task The_keys_row_is_written_in_the_transaction_of_the_work()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var created = await CreatePlanAsync(admin, tenant, "Together", "key-8");

        // Both say now(), which is the same all through a transaction and in no two.
        var key = await portal.LookAsync(tenant, db => db.IdempotencyRecords.Select(r => r.CreatedAt).SingleAsync(Cancel));
        Assert.Equal(key, (await portal.AuditAsync(tenant)).Single(e => e.Target == "Together").At);
    }

    [Fact]
    public async Task An_answer_that_holds_a_secret_is_not_readable_in_the_database()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var json = """{"name": "Secret", "scopes": ["me"]}""";
        var created = await admin.PostJsonAsync($"{tenant.Api}/tokens", json, "key-9").JsonAsync(HttpStatusCode.Created);
        var again = await admin.PostJsonAsync($"{tenant.Api}/tokens", json, "key-9").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(created.GetProperty("token").GetString(), again.GetProperty("token").GetString());

        var kept = await portal.LookAsync(tenant, db => db.IdempotencyRecords.Select(r => r.Body!).SingleAsync(Cancel));
        Assert.DoesNotContain(created.GetProperty("token").GetString()!, System.Text.Encoding.Latin1.GetString(kept));
    }

    [Fact]
    public async Task What_was_sent_cannot_be_guessed_from_the_database_without_the_key_file()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var created = await CreatePlanAsync(admin, tenant, "Guessed", "key-11");
        var kept = await portal.LookAsync(tenant, db => db.IdempotencyRecords.Select(r => r.RequestHash).SingleAsync(Cancel));

        var body = await created.RequestMessage!.Content!.ReadAsByteArrayAsync(Cancel);
        byte[] sent = [.. Encoding.UTF8.GetBytes($"POST {tenant.Api}/plans {body.Length}\n"), .. body];
        var key = portal.Services.GetRequiredService<KeyFile>().KeyFor("idempotency");
        Assert.Equal(HMACSHA256.HashData(key, sent), kept);
    }

    [Fact]
    public async Task A_route_about_no_tenant_honours_keys_too()
    {
        var platform = await portal.PlatformApiAsync();
        var json = $$"""{"slug": "{{PortalFactory.NewName("twice")}}", "name": "Twice"}""";
        var first = await platform.PostJsonAsync("/api/v1/tenants", json, "key-10").JsonAsync(HttpStatusCode.Created);
        var second = await platform.PostJsonAsync("/api/v1/tenants", json, "key-10").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(first.GetProperty("id").GetGuid(), second.GetProperty("id").GetGuid());
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        Assert.NotEmpty(await CreatePlanAsync(admin, tenant, "Never", key).FieldErrorAsync("Idempotency-Key"));
    }

    private static Task<HttpResponseMessage> CreatePlanAsync(HttpClient client, TestTenant tenant, string name, string key) =>
        client.PostJsonAsync($"{tenant.Api}/plans", $$"""{"name": "{{name}}"}""", key);

    private Task<int> PlansAsync(TestTenant tenant, string name) => portal.LookAsync(tenant, db => db.Plans.CountAsync(p => p.Name == name, Cancel));
}

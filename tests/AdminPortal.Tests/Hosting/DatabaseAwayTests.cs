using System.Net;
using System.Net.Http.Headers;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>PostgreSQL goes away under a running portal, and comes back.</summary>
public sealed class DatabaseAwayTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_and_api_say_503_in_one_sentence_and_recover_by_themselves()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var api = portal.Api(await portal.NewTokenAsync(person, tenant));
        using var browser = await portal.SignInAsync(person);
        await api.GetAsync(tenant.Api, Cancel).JsonAsync();
        await portal.Anonymous().GetAsync("/health/ready", Cancel).JsonAsync();

        await LetInAsync(0);
        using (var refused = await api.GetAsync(tenant.Api, Cancel))
        {
            Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter?.Delta);
            Assert.Equal("unavailable", await Task.FromResult(refused).ProblemAsync(HttpStatusCode.ServiceUnavailable));
        }
        foreach (var page in new[] { "/", tenant.Pages })
        {
            using var shown = await browser.GetAsync(page);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, shown.StatusCode);
            Assert.Equal("text/html", shown.Content.Headers.ContentType?.MediaType);
        }
        using (var live = await portal.Anonymous().GetAsync("/health/live", Cancel)) Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using (var ready = await portal.Anonymous().GetAsync("/health/ready", Cancel)) Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        await LetInAsync(-1);
        await api.GetAsync(tenant.Api, Cancel).JsonAsync();
        await portal.Anonymous().GetAsync("/health/ready", Cancel).JsonAsync();
        using var back = await browser.GetAsync("/");
        Assert.Equal(tenant.Pages, back.Headers.Location?.ToString());
    }

    [Fact]
    public async Task While_it_is_away_no_attempt_is_counted_and_afterwards_nobody_is_held_off_for_one()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var browser = portal.NewBrowser();
        var token = await browser.TokenAsync("/sign-in");

        await LetInAsync(0);
        for (var n = 0; n < 15; n++)
        {
            using var form = new FormUrlEncodedContent([new("Name", person.UserName), new("Password", $"guess-{n}"), new("__RequestVerificationToken", token)]);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = form, Headers = { { "Accept", "text/html" } } };
            using var answer = await browser.Client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
        await LetInAsync(-1);

        await using var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand("SELECT count(*) FROM guess WHERE account = $1");
        command.Parameters.Add(new() { Value = person.UserName });
        Assert.Equal(0L, await command.ExecuteScalarAsync(Cancel));
        // The pool notices one broken connection at a time.
        using var entered = portal.NewBrowser();
        var status = HttpStatusCode.ServiceUnavailable;
        for (var n = 0; n < 20 && status == HttpStatusCode.ServiceUnavailable; n++)
        {
            using var answer = await entered.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });
            status = answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.Redirect, status);
    }

    /// <summary>To one database of the shared cluster: ends every connection, and lets none in.</summary>
    private async Task LetInAsync(int connections)
    {
        await using var superuser = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(portal.Database.SuperuserConnectionString) { Pooling = false });
        var name = new NpgsqlConnectionStringBuilder(portal.Database.ServingConnectionString).Database;
        await using var limit = superuser.CreateCommand($"ALTER DATABASE {name} CONNECTION LIMIT {connections}");
        await limit.ExecuteNonQueryAsync(Cancel);
        await using var end = superuser.CreateCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await end.ExecuteNonQueryAsync(Cancel);
    }
}

/// <summary>PostgreSQL is not there when the portal starts.</summary>
public sealed class DatabaseNotThereTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public DatabaseNotThereTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("ConnectionStrings:Portal", "Host=127.0.0.1;Port=1;Username=nobody;Database=nothing;Timeout=1");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/sign-in", "text/html")]
    [InlineData("/api/v1/tenants", "application/json")]
    [InlineData("/health/ready", "application/json")]
    public async Task The_portal_starts_and_says_503(string path, string wanted)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(wanted));
        request.Headers.Add("Cookie", "__Host-adminportal=of-an-earlier-day");
        using var answer = await portal.Anonymous().SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }
}

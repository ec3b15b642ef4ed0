using System.Diagnostics;
using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Hosting.Throttle;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>How slow and how large requests may be, with small limits, over real sockets.</summary>
public sealed class WebLimitTests : IClassFixture<FiveDoors>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly FiveDoors doors;

    public WebLimitTests(FiveDoors doors)
    {
        this.doors = doors;
        foreach (var (name, value) in new[]
        {
            ("Web:HeadersTimeout", "00:00:01"), ("Web:KeepAliveTimeout", "00:00:02"), ("Web:HandshakeTimeout", "00:00:01"), ("Web:RateGrace", "00:00:01.5"),
            ("Web:BodyRate", "100000"), ("Web:AnswerRate", "10000000"), ("Web:StreamsPerConnection", "7"), ("Web:RequestLineBytes", "1024"), ("Web:HeadersBytes", "4096"), ("Web:Headers", "20"),
            ("Requests:BodyBytes", "10000"), ("Requests:SelectionBytes", "20000"),
        })
            doors.Portal.Set($"Limits:{name}", value);
        doors.Open();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Web:HeadersTimeout")]
    public async Task Headers_that_drip_are_not_waited_for()
    {
        using var web = await RawWeb.OpenAsync(doors);
        await web.SendAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: 1");
        Assert.StartsWith("HTTP/1.1 408", await web.ReadToEndAsync(Patience), StringComparison.Ordinal);
        await HitAsync("Web:HeadersTimeout");
    }

    [Fact, Reaches("Limits:Web:BodyRate"), Reaches("Limits:Web:RateGrace")]
    public async Task A_body_that_drips_is_not_waited_for()
    {
        using var web = await RawWeb.OpenAsync(doors);
        await web.SendAsync("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\nName=");
        var answer = await web.ReadToEndAsync(Patience);
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        await HitAsync("Web:BodyRate");
    }

    [Fact, Reaches("Limits:Web:AnswerRate")]
    public async Task An_answer_that_nobody_reads_is_not_kept_for_ever()
    {
        using var web = await RawWeb.OpenAsync(doors);
        await web.AskForMoreThanIsReadAsync();
        await HitAsync("Web:AnswerRate");
    }

    [Fact, Reaches("Limits:Web:StreamsPerConnection")]
    public async Task On_one_connection_so_many_requests_are_under_way_and_no_more()
    {
        using var web = await Http2.OpenAsync(doors);
        Assert.Equal(7, await web.MostStreamsAsync());
        for (var n = 0; n < 8; n++) await web.BeginPostAsync("/sign-in");
        Assert.Equal((8, Http2.RefusedStream), await web.RefusalAsync());
    }

    [Fact, Reaches("Limits:Web:KeepAliveTimeout")]
    public async Task A_connection_without_a_request_is_closed()
    {
        using var web = await RawWeb.OpenAsync(doors);
        await web.SendAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await web.ReadToEndAsync(Patience), StringComparison.Ordinal);
        await HitAsync("Web:KeepAliveTimeout");
    }

    [Fact, Reaches("Limits:Web:HandshakeTimeout")]
    public async Task A_handshake_that_does_not_come_is_not_waited_for()
    {
        using var socket = await FiveDoors.ConnectAsync(FiveDoors.NewAddress(), doors.PortOf("https"), Cancel);
        Assert.Equal("", await new RawWeb(socket).ReadToEndAsync(Patience));
    }

    [Theory, Reaches("Limits:Web:RequestLineBytes"), Reaches("Limits:Web:HeadersBytes")]
    [InlineData("Web:RequestLineBytes", "HTTP/1.1 414", 2_000, 0)]
    [InlineData("Web:HeadersBytes", "HTTP/1.1 431", 0, 5_000)]
    public async Task A_long_request_is_refused_at_its_head(string limit, string status, int line, int header)
    {
        using var web = await RawWeb.OpenAsync(doors);
        await web.SendAsync($"GET /health/live?{new string('x', line)} HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', header)}\r\n\r\n");
        Assert.StartsWith(status, await web.ReadToEndAsync(Patience), StringComparison.Ordinal);
        await HitAsync(limit);
    }

    [Fact, Reaches("Limits:Web:Headers")]
    public async Task Many_headers_are_refused()
    {
        using var web = await RawWeb.OpenAsync(doors);
        await web.SendAsync($"GET /health/live HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 30).Select(n => $"X-{n}: 1\r\n"))}\r\n");
        Assert.StartsWith("HTTP/1.1 431", await web.ReadToEndAsync(Patience), StringComparison.Ordinal);
        await HitAsync("Web:Headers");
    }

    [Theory, Reaches("Limits:Requests:BodyBytes"), Reaches("Limits:Requests:SelectionBytes")]
    [InlineData("plans", "Requests:BodyBytes", 9_000, HttpStatusCode.BadRequest)]
    [InlineData("plans", "Requests:BodyBytes", 11_000, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData("access-changes", "Requests:SelectionBytes", 11_000, HttpStatusCode.BadRequest)]
    [InlineData("access-changes", "Requests:SelectionBytes", 21_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_has_the_size_that_its_route_takes(string route, string limit, int bytes, HttpStatusCode status)
    {
        var tenant = await doors.Portal.NewTenantAsync();
        using var client = doors.Http(FiveDoors.NewAddress());
        client.DefaultRequestHeaders.Authorization = new("Bearer", await doors.Portal.NewTokenAsync(await doors.Portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant));
        using var answer = await client.PostAsync(
            $"{tenant.Api}/{route}", new StringContent($"{{\"name\": 1, \"x\": \"{new string('x', bytes)}\"}}", null, "application/json"), Cancel);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        if (status == HttpStatusCode.RequestEntityTooLarge) await HitAsync(limit);
    }

    // A connection's end is counted a moment after the client saw it.
    private async Task HitAsync(string limit)
    {
        var hits = doors.Portal.Services.GetRequiredService<LimitHits>();
        for (var watch = Stopwatch.StartNew(); hits.Of($"Limits:{limit}") == 0 && watch.Elapsed < Patience;) await Task.Yield();
        Assert.True(hits.Of($"Limits:{limit}") > 0, $"Nobody counted {limit}.");
    }
}

/// <summary>A thousand slow clients at once, with the limits as they are by default.</summary>
public sealed class SlowClientsTests(FiveDoors doors) : IClassFixture<FiveDoors>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Headers and bodies that drip. How long it takes is bounded by what the server waits for; the limit here is generous.</summary>
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a")]
    [InlineData("POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\nName=")]
    public async Task A_thousand_slow_clients_are_gone_and_hinder_nobody_meanwhile(string said)
    {
        doors.Open();
        var attacker = FiveDoors.NewAddress();
        var watch = Stopwatch.StartNew();
        var slow = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async _ => await (await RawWeb.OpenAsync(doors, attacker)).SendAsync(said)));
        var gone = Task.WhenAll(slow.Select(web => web.ReadToEndAsync(TimeSpan.FromSeconds(120))));

        var (served, home) = (0, FiveDoors.NewAddress());
        while (!gone.IsCompleted)
        {
            using var good = doors.Http(home);
            Assert.Equal(HttpStatusCode.OK, (await good.GetAsync("/health/live", Cancel)).StatusCode);
            served++;
        }
        await gone;

        TestContext.Current.SendDiagnosticMessage($"They were gone after {watch.Elapsed.TotalSeconds:0.0} s; {served} requests of the good client were answered meanwhile.");
        Assert.True(served > 5, $"Only {served} requests of the good client were answered meanwhile.");
        foreach (var web in slow) web.Dispose();
    }
}

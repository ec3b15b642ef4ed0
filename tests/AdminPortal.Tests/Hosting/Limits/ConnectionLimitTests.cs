using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Hosting.Throttle;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>How many may be connected, to the web and to the mail server, with small limits.</summary>
public sealed class ConnectionLimitTests : IClassFixture<FiveDoors>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly FiveDoors doors;

    public ConnectionLimitTests(FiveDoors doors)
    {
        this.doors = doors;
        foreach (var (name, value) in new[]
        {
            ("Limits:Web:Connections", "16"), ("Limits:Web:ConnectionsBeforeSignIn", "12"), ("Limits:Web:ConnectionsPerAddress", "4"),
            ("MailServer:Limits:ConnectionsPerAddress", "4"), ("MailServer:Limits:SignInTimeout", "00:00:02"),
        })
            doors.Portal.Set(name, value);
        doors.Open();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Web:Connections"), Reaches("Limits:Web:ConnectionsBeforeSignIn"), Reaches("Limits:Web:ConnectionsPerAddress")]
    public async Task One_address_takes_no_more_than_its_share_and_strangers_leave_room_for_who_is_known()
    {
        var tenant = await doors.Portal.NewTenantAsync();
        var token = await doors.Portal.NewTokenAsync(await doors.Portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant);
        var open = new List<RawWeb>();

        var home = FiveDoors.NewAddress();
        for (var n = 0; n < 4; n++) open.Add(await KnownAsync(home, tenant, token));
        Assert.True(await RawWeb.IsRefusedAsync(doors, home));
        Assert.Equal(1, Hits("Limits:Web:ConnectionsPerAddress"));

        for (var n = 0; n < 12; n++) open.Add(await StrangerAsync(n % 4 == 0 ? home = FiveDoors.NewAddress() : home));
        Assert.True(await RawWeb.IsRefusedAsync(doors));
        Assert.Equal(1, Hits("Limits:Web:Connections"));

        // One of the known leaves: that place is no stranger's.
        open[0].Dispose();
        do Assert.True(await RawWeb.IsRefusedAsync(doors));
        while (Hits("Limits:Web:ConnectionsBeforeSignIn") == 0);

        await open[1].SendAsync($"GET {tenant.Api} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await open[1].ReadAsync(), StringComparison.Ordinal);
        foreach (var web in open) web.Dispose();
    }

    [Fact]
    public async Task One_address_takes_no_more_than_its_share_of_the_mail_server_and_who_says_nothing_is_shown_out()
    {
        var from = FiveDoors.NewAddress();
        var port = doors.Portal.Services.GetRequiredService<AdminPortal.MailServer.MailListeners>().Port("pop3");
        var open = new List<RawWeb>();
        for (var n = 0; n < 4; n++)
        {
            open.Add(new(await FiveDoors.ConnectAsync(from, port, Cancel)));
            Assert.StartsWith("+OK", await open[n].ReadAsync(), StringComparison.Ordinal);
        }
        using var fifth = new RawWeb(await FiveDoors.ConnectAsync(from, port, Cancel));
        Assert.StartsWith("-ERR", await fifth.ReadToEndAsync(Patience), StringComparison.Ordinal);
        Assert.Equal(1, Hits("MailServer:Limits:ConnectionsPerAddress"));

        foreach (var web in open) Assert.StartsWith("-ERR", await web.ReadToEndAsync(Patience), StringComparison.Ordinal);
        Assert.Equal(4, Hits("MailServer:Limits:SignInTimeout"));
    }

    private async Task<RawWeb> KnownAsync(IPAddress from, TestTenant tenant, string token)
    {
        var web = await RawWeb.OpenAsync(doors, from);
        await web.SendAsync($"GET {tenant.Api} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await web.ReadAsync(), StringComparison.Ordinal);
        return web;
    }

    private async Task<RawWeb> StrangerAsync(IPAddress from)
    {
        var web = await RawWeb.OpenAsync(doors, from);
        await web.SendAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await web.ReadAsync(), StringComparison.Ordinal);
        return web;
    }

    private long Hits(string setting) => doors.Portal.Services.GetRequiredService<LimitHits>().Of(setting);
}

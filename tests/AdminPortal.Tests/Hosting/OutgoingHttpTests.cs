using System.Net;
using System.Net.Sockets;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>
/// A tenant names an issuer, and the name server of that name is the attacker's. Inside waits a server that counts who comes: nobody does.
/// </summary>
public sealed class OutgoingHttpTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1"), InlineData("127.9.9.9"), InlineData("0.0.0.0"), InlineData("10.1.2.3"), InlineData("172.20.0.1"), InlineData("192.168.1.1")]
    [InlineData("169.254.169.254"), InlineData("100.100.100.200"), InlineData("198.18.0.1"), InlineData("224.0.0.1"), InlineData("255.255.255.255")]
    [InlineData("::1"), InlineData("::"), InlineData("fe80::1"), InlineData("fd00:ec2::254"), InlineData("ff02::1"), InlineData("fec0::1")]
    [InlineData("::ffff:127.0.0.1"), InlineData("::ffff:10.0.0.1"), InlineData("::ffff:169.254.169.254"), InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1"), InlineData("2002:7f00:1::1"), InlineData("2001::1")]
    public async Task A_name_that_leads_inside_is_a_name_that_leads_nowhere(string address)
    {
        foreach (var found in new[] { new[] { address }, ["8.8.8.8", address], [address, "2606:4700::1111"] })
            Assert.Equal(SocketError.HostNotFound, await FailureAsync(found, "https://issuer.example/.well-known/openid-configuration"));
    }

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://localhost/")]
    [InlineData("https://issuer.example@127.0.0.1/")]
    public async Task An_address_that_is_written_oddly_is_the_address_that_it_is(string written)
    {
        var real = portal.Services.GetRequiredService<OutgoingHttp>();
        using var client = real.Client(_ => false, Patience);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(written, Cancel));

        Assert.Equal(SocketError.HostNotFound, Assert.IsType<SocketException>(failure.GetBaseException()).SocketErrorCode);
    }

    [Fact]
    public async Task Beside_the_usual_port_nothing_is_reached_not_even_outside() =>
        Assert.Equal(SocketError.HostNotFound, await FailureAsync(["8.8.8.8"], "https://issuer.example:8443/"));

    [Fact]
    public async Task A_name_server_that_changes_its_mind_between_the_look_and_the_connection_is_asked_once()
    {
        await using var listed = await Inside.StartAsync();
        await using var victim = await Inside.StartAsync();
        var asked = 0;
        // Whatever is looked up first is allowed; from then on the name leads elsewhere. Both answer on the port of the address.
        var outgoing = Outgoing((_, _) => Task.FromResult<IPAddress[]>([asked++ == 0 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2")]));
        using var client = outgoing.Client(to => to.Equals(new IPEndPoint(IPAddress.Loopback, listed.Port)), Patience);

        using var answer = await client.GetAsync($"http://issuer.example:{listed.Port}/", Cancel);
        Assert.Equal((HttpStatusCode.OK, 1, 1), (answer.StatusCode, asked, listed.Visits));

        using var second = outgoing.Client(to => to.Equals(new IPEndPoint(IPAddress.Loopback, listed.Port)), Patience);
        await Assert.ThrowsAsync<HttpRequestException>(() => second.GetAsync($"http://issuer.example:{listed.Port}/", Cancel));
        await Assert.ThrowsAsync<HttpRequestException>(() => second.GetAsync($"http://issuer.example:{victim.Port}/", Cancel));
        Assert.Equal((1, 0), (listed.Visits, victim.Visits));
    }

    [Theory]
    [InlineData(301), InlineData(302), InlineData(303), InlineData(307), InlineData(308)]
    public async Task A_redirection_is_not_followed(int status)
    {
        await using var victim = await Inside.StartAsync();
        await using var listed = await Inside.StartAsync(context =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (status, $"http://127.0.0.1:{victim.Port}/latest/meta-data");
            return Task.CompletedTask;
        });
        using var client = Outgoing((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback])).Client(to => to.Port == listed.Port, Patience);

        using var answer = await client.GetAsync($"http://issuer.example:{listed.Port}/", Cancel);

        Assert.Equal((status, 0), ((int)answer.StatusCode, victim.Visits));
    }

    [Fact]
    public async Task No_proxy_of_the_environment_is_asked()
    {
        await using var proxy = await Inside.StartAsync();
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            using var client = Outgoing((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback])).Client(_ => false, Patience);
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://issuer.example/", Cancel));
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", null);
        }
        Assert.Equal(0, proxy.Visits);
    }

    private async Task<SocketError> FailureAsync(string[] found, string address)
    {
        using var client = Outgoing((_, _) => Task.FromResult(found.Select(IPAddress.Parse).ToArray())).Client(_ => false, Patience);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, Cancel));
        return Assert.IsType<SocketException>(failure.GetBaseException()).SocketErrorCode;
    }

    private OutgoingHttp Outgoing(ResolveName resolve) => new(resolve, portal.Services.GetRequiredService<TrustedRoots>());

    /// <summary>A server on this machine that counts its visitors.</summary>
    private sealed class Inside : IAsyncDisposable
    {
        private readonly WebApplication app;
        private int visits;

        private Inside(RequestDelegate? answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            app = builder.Build();
            app.Run(context =>
            {
                Interlocked.Increment(ref visits);
                return answer?.Invoke(context) ?? context.Response.WriteAsync("inside");
            });
        }

        public int Visits => visits;

        public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

        public static async Task<Inside> StartAsync(RequestDelegate? answer = null)
        {
            var inside = new Inside(answer);
            await inside.app.StartAsync(Cancel);
            return inside;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}

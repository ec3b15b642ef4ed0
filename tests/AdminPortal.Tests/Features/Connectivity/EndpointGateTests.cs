using System.Net;
using AdminPortal.Data;
using AdminPortal.Features.Connectivity;
using Microsoft.Extensions.Options;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

public sealed class EndpointGateTests
{
    private static readonly ConnectionLine Custom = new(
        MailProtocol.Imap, "mail.customer.example", 993, ConnectionSecurity.ImplicitTls, UserNameFormat.Address, EndpointPreset.Custom, ConnectionLayer.Tenant);

    [Theory]
    [InlineData("127.0.0.1"), InlineData("127.8.9.10"), InlineData("0.0.0.0"), InlineData("10.1.2.3"), InlineData("172.16.0.1"), InlineData("172.31.255.255")]
    [InlineData("192.168.1.1"), InlineData("169.254.169.254"), InlineData("100.64.0.1"), InlineData("192.0.0.8"), InlineData("198.18.0.1"), InlineData("224.0.0.1")]
    [InlineData("255.255.255.255"), InlineData("203.0.113.9"), InlineData("192.88.99.1"), InlineData("::1"), InlineData("::"), InlineData("fe80::1")]
    [InlineData("fc00::1"), InlineData("fd12:3456::1"), InlineData("ff02::1"), InlineData("::ffff:10.0.0.1"), InlineData("::ffff:127.0.0.1"), InlineData("::7f00:1")]
    [InlineData("64:ff9b::a00:1"), InlineData("64:ff9b:1::1"), InlineData("2002:7f00:1::1"), InlineData("2001::1"), InlineData("2001:db8::1"), InlineData("100::1")]
    [InlineData("fec0::1"), InlineData("3fff::1")]
    public async Task Nothing_inside_is_reached(string address) => Assert.Empty(await ReachAsync(Custom, [address]));

    [Theory]
    [InlineData("8.8.8.8"), InlineData("52.96.1.2"), InlineData("172.15.0.1"), InlineData("172.32.0.1"), InlineData("100.128.0.1"), InlineData("2603:1026::1")]
    public async Task The_public_internet_is_reached(string address) => Assert.Single(await ReachAsync(Custom, [address]));

    [Fact]
    public async Task One_address_inside_among_several_closes_the_whole_name() => Assert.Empty(await ReachAsync(Custom, ["8.8.8.8", "10.0.0.1"]));

    [Fact]
    public async Task A_name_is_looked_up_once_and_the_addresses_found_are_the_ones_connected_to()
    {
        var asked = 0;
        var gate = new EndpointGate((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(asked++ == 0 ? "8.8.8.8" : "127.0.0.1")]), Options.Create(new ConnectivityOptions()));

        var addresses = await gate.AddressesOfAsync(Custom, CancellationToken.None);

        Assert.Equal((1, "8.8.8.8"), (asked, addresses.Single().ToString()));
    }

    [Theory]
    [InlineData(22), InlineData(80), InlineData(443), InlineData(5432), InlineData(6379)]
    public async Task Only_mail_ports_are_reached(int port) => Assert.Empty(await ReachAsync(Custom with { Port = port }, ["8.8.8.8"]));

    [Fact]
    public async Task The_operator_may_list_an_address_with_its_port()
    {
        var options = new ConnectivityOptions { AllowedAddresses = ["10.1.2.3:993", "[fd00::25]:587"] };

        Assert.Single(await ReachAsync(Custom, ["10.1.2.3"], options));
        Assert.Empty(await ReachAsync(Custom with { Port = 995 }, ["10.1.2.3"], options));
        Assert.Empty(await ReachAsync(Custom, ["10.1.2.4"], options));
        Assert.Single(await ReachAsync(Custom with { Port = 587 }, ["fd00::25"], options));
    }

    [Fact]
    public async Task Our_own_listeners_are_always_reached() =>
        Assert.Single(await ReachAsync(Custom with { Preset = EndpointPreset.ThisServer, Port = 1993 }, ["127.0.0.1"]));

    [Fact]
    public async Task A_line_that_only_looks_like_our_own_is_not() => Assert.Empty(await ReachAsync(Custom with { Host = "localhost", Port = 1993 }, ["127.0.0.1"]));

    [Fact]
    public async Task A_name_that_does_not_exist_leads_nowhere()
    {
        var gate = new EndpointGate((_, _) => throw new System.Net.Sockets.SocketException(11001), Options.Create(new ConnectivityOptions()));

        Assert.Empty(await gate.AddressesOfAsync(Custom, CancellationToken.None));
    }

    [Theory]
    [InlineData("10.1.2.3", 1), InlineData("somewhere:993", 1), InlineData("10.1.2.3:993", 0), InlineData("10.1.2.0/24", 1)]
    public void A_listed_address_is_checked_at_start(string entry, int errors) =>
        Assert.Equal(errors, new ConnectivityOptions { AllowedAddresses = [entry] }.Errors().Count());

    private static Task<IReadOnlyList<IPAddress>> ReachAsync(ConnectionLine line, string[] addresses, ConnectivityOptions? options = null) =>
        new EndpointGate((_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()), Options.Create(options ?? new()))
            .AddressesOfAsync(line, CancellationToken.None);
}

using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting.Throttle;

/// <summary>Whoever guesses from many addresses of one network, or of a wide one, is held off as one; the rest of the world is not.</summary>
public sealed class NetworkGuessTests : IClassFixture<FiveDoors>
{
    private const int OfNetwork = 6, OfWideNetwork = 15;
    private readonly FiveDoors doors;

    public NetworkGuessTests(FiveDoors doors)
    {
        this.doors = doors;
        doors.Portal.Set("Limits:Guesses:PerNetwork", $"{OfNetwork}");
        doors.Portal.Set("Limits:Guesses:PerWideNetwork", $"{OfWideNetwork}");
        doors.Portal.Set("Limits:Guesses:Remembered", "40");
        doors.Open();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Guesses:PerNetwork"), Reaches("Limits:Guesses:PerWideNetwork")]
    public async Task Many_addresses_of_one_network_share_its_guesses_and_many_networks_of_a_wide_one_do_too()
    {
        var wide = FiveDoors.NewAddress().GetAddressBytes();

        // A /26 has 64 addresses: from each of twenty, one guess at an account of its own.
        var network = await GuessAsync(Enumerable.Range(1, 20).Select(host => Address(wide, 0, host)));
        Assert.Equal(OfNetwork, network);
        Assert.True(Hits("PerNetwork") > 0);

        // Other networks of the same /21, until that one's share is used up.
        var rest = await GuessAsync(Enumerable.Range(0, 8).SelectMany(third => new[] { 64, 128, 192 }.SelectMany(fourth => new[] { 1, 2 }.Select(host => Address(wide, third, fourth + host)))));
        Assert.Equal(OfWideNetwork - OfNetwork, rest);
        Assert.True(Hits("PerWideNetwork") > 0);

        Assert.Equal(1, await GuessAsync([FiveDoors.NewAddress()]));
    }

    [Fact, Reaches("Limits:Guesses:Memory"), Reaches("Limits:Guesses:Remembered")]
    public async Task What_is_old_and_what_is_too_much_to_remember_is_forgotten()
    {
        for (var n = 0; n < 3; n++) await GuessAsync([FiveDoors.NewAddress()]);
        var crossTenant = doors.Portal.Services.GetRequiredService<CrossTenant>();
        await crossTenant.TrimGuessesAsync(TimeSpan.FromHours(1), 2, Cancel);
        Assert.Equal(2, await doors.CountedAsync());
        await crossTenant.TrimGuessesAsync(TimeSpan.Zero, 2, Cancel);
        Assert.Equal(0, await doors.CountedAsync());
    }

    /// <summary>One guess from each address, each at another account.</summary>
    /// <returns>How many were answered.</returns>
    private async Task<int> GuessAsync(IEnumerable<IPAddress> addresses)
    {
        var answered = 0;
        foreach (var address in addresses)
        {
            var answer = await doors.AskAsync(Door.Pop3, address, $"{PortalFactory.NewName("guessed")}@contoso.example", "guessed");
            if (answer.Kind == Kind.Wrong) answered++;
        }
        return answered;
    }

    private static IPAddress Address(byte[] wide, int third, int fourth) => new([wide[0], wide[1], (byte)(wide[2] + third), (byte)fourth]);

    private long Hits(string limit) => doors.Portal.Services.GetRequiredService<LimitHits>().Of($"Limits:Guesses:{limit}");
}

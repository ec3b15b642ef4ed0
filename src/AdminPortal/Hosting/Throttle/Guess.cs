using System.Net;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>What is counted of one attempt: never the secret.</summary>
/// <param name="Door">Where.</param>
/// <param name="Account">At whose account, normalised; null for a token.</param>
/// <param name="From">From where.</param>
/// <param name="Mark">By which the same secret is recognised in this process; null where each attempt is a new guess.</param>
internal sealed record Guess(Door Door, string? Account, AddressBlocks From, string? Mark = null)
{
    // RFC 5321's longest address is 254; a name longer than any is nobody's, whatever follows.
    private const int Longest = 320;

    public static Guess Of(Door door, string account, IPAddress? address) => new(door, Normalise(account), Blocks(address));

    public static Guess OfNobody(Door door, IPAddress? address) => new(door, null, Blocks(address));

    /// <summary>One account has one name at all doors.</summary>
    public static string Normalise(string account)
    {
        var name = MailAddressName.Normalise(account) ?? account.Trim().ToLowerInvariant();
        return name.Length <= Longest ? name : name[..Longest];
    }

    // A caller without an address is on this machine.
    private static AddressBlocks Blocks(IPAddress? address) => AddressBlocks.Of(address ?? IPAddress.Loopback);
}

/// <summary>The limits that may hold a guess off, as <c>take_guess</c> names them, and the settings that hold their numbers.</summary>
internal static class GuessLimit
{
    public const string Repeats = "repeats";

    public static string Setting(string heldBy) => $"{LimitsOptions.Section}:{nameof(LimitsOptions.Guesses)}:" + heldBy switch
    {
        "account" => nameof(GuessLimits.PerAccount),
        "pair" => nameof(GuessLimits.Free),
        "address" => nameof(GuessLimits.PerAddress),
        "network" => nameof(GuessLimits.PerNetwork),
        "wideNetwork" => nameof(GuessLimits.PerWideNetwork),
        Repeats => nameof(GuessLimits.Repeats),
        _ => throw new ArgumentOutOfRangeException(nameof(heldBy), heldBy, null),
    };
}

internal static class Origins
{
    /// <summary>Where the request comes from, for the throttle.</summary>
    public static IPAddress? Origin(this Actor actor) => actor.RemoteAddress is { } address ? IPAddress.Parse(address) : null;
}

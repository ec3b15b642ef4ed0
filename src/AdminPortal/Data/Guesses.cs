using System.Net;
using System.Net.Sockets;

namespace AdminPortal.Data;

/// <summary>The five ways in.</summary>
public enum Door : short
{
    Portal = 1,
    Api = 2,
    Imap = 3,
    Pop3 = 4,
    Smtp = 5,
}

/// <summary>
/// Where a guess comes from, as the throttle counts it: one customer, and the two networks around. An IPv6 customer has a /64, so its
/// addresses are one.
/// </summary>
/// <param name="Address">An IPv4 address, or an IPv6 /64.</param>
/// <param name="Network">The /26 (IPv6: /48) around it.</param>
/// <param name="WideNetwork">The /21 (IPv6: /32) around that.</param>
public sealed record AddressBlocks(string Address, string Network, string WideNetwork)
{
    public static AddressBlocks Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new(Block(address, 64), Block(address, 48), Block(address, 32))
            : new(address.ToString(), Block(address, 26), Block(address, 21));
    }

    private static string Block(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return $"{new IPAddress(bytes)}/{length}";
    }
}

/// <summary>How many guesses may be answered. A fifth of an account's and of an address's is kept for addresses that the account knows.</summary>
/// <param name="PerAccount">In one <paramref name="Span"/>, from anywhere.</param>
/// <param name="PerAddress">In one span, at any account, through all doors together.</param>
/// <param name="PerNetwork">The same for a /26 or /48.</param>
/// <param name="PerWideNetwork">The same for a /21 or /32.</param>
/// <param name="Span">What "per minute" means.</param>
/// <param name="Free">At one account from one address, before the delays begin.</param>
/// <param name="FirstDelay">After that many; it doubles with each further one.</param>
/// <param name="LongestDelay">Where doubling ends.</param>
/// <param name="Memory">How long a guess makes the next ones slower.</param>
public sealed record GuessRule(
    int PerAccount, int PerAddress, int PerNetwork, int PerWideNetwork, TimeSpan Span, int Free, TimeSpan FirstDelay, TimeSpan LongestDelay, TimeSpan Memory);

/// <summary>Whether a guess may be answered.</summary>
/// <param name="Id">What was counted; null where it must not be answered.</param>
/// <param name="Wait">Until it is worth asking again.</param>
/// <param name="HeldBy">Which limit says so: <c>account</c>, <c>pair</c>, <c>address</c>, <c>network</c> or <c>wideNetwork</c>.</param>
public sealed record TakenGuess(long? Id, TimeSpan Wait, string? HeldBy);

/// <summary>Somebody who is held off at this moment.</summary>
/// <param name="HeldBy">See <see cref="TakenGuess.HeldBy"/>.</param>
/// <param name="Account">The name, which need not exist; null for addresses and networks.</param>
/// <param name="Address">The address or network; null for an account as a whole.</param>
/// <param name="Guesses">Wrong guesses that are remembered.</param>
/// <param name="Until">When the next one may be answered.</param>
public sealed record HeldOff(string HeldBy, string? Account, string? Address, long Guesses, DateTimeOffset Until);

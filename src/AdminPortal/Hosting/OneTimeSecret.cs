using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Hosting;

/// <summary>
/// The secret in a link that works once: 256 random bits, of which only the SHA-256 is stored. It is in nobody's log: pages behind such
/// links take it out of the address at once, and what is logged or traced of a request goes through <see cref="Shown(PathString)"/>.
/// </summary>
internal sealed record OneTimeSecret(string Text, byte[] Hash)
{
    private const int Octets = 32;

    /// <summary>Pages whose address ends with such a secret.</summary>
    private static readonly PathString[] Doors = ["/invitation", "/reset-password"];

    public static OneTimeSecret Make() => Of(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Octets)));

    /// <param name="text">As it stands in the link; anything else has a hash that nobody stored.</param>
    public static OneTimeSecret Of(string text) => new(text, SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static bool IsIn(PathString path) => Doors.Any(door => path.StartsWithSegments(door, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a text holds the address of such a page with something behind it.</summary>
    public static bool IsWithin(string text) => Doors.Any(door => text.Contains($"{door}/", StringComparison.OrdinalIgnoreCase));

    /// <summary>A path as it may be written down.</summary>
    public static string Shown(PathString path) => IsIn(path) ? $"{Doors.First(door => path.StartsWithSegments(door, StringComparison.OrdinalIgnoreCase))}/…" : path.ToString();

    // A record would print the secret.
    public override string ToString() => "a secret that works once";
}

using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Features.ApiTokens;

/// <summary>
/// How a token is spelled: <c>apt_</c>, 43 letters and digits that hold 256 random bits, and six that are a checksum of the rest. The
/// beginning lets people and secret scanners recognise it; the end tells a cut or mistyped one without asking the database.
/// </summary>
internal static class TokenText
{
    public const string Beginning = "apt_";

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 43;
    private const int ChecksumLength = 6;
    private const int ShownLength = 8;

    public static string Make()
    {
        var body = Beginning + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        return body + Checksum(body);
    }

    public static bool IsWellFormed(string token) =>
        token.Length == Beginning.Length + RandomLength + ChecksumLength
        && token.StartsWith(Beginning, StringComparison.Ordinal)
        && token[^ChecksumLength..] == Checksum(token[..^ChecksumLength]);

    /// <summary>What is stored. 256 random bits need no slow hash.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.ASCII.GetBytes(token));

    /// <summary>The first characters, by which its owner tells it from others.</summary>
    public static string Shown(string token) => token[..(Beginning.Length + ShownLength)];

    private static string Checksum(string body)
    {
        var number = BitConverter.ToUInt32(SHA256.HashData(Encoding.ASCII.GetBytes(body)));
        return string.Create(ChecksumLength, number, (tail, rest) =>
        {
            for (var place = tail.Length - 1; place >= 0; place--, rest /= (uint)Alphabet.Length) tail[place] = Alphabet[(int)(rest % (uint)Alphabet.Length)];
        });
    }
}

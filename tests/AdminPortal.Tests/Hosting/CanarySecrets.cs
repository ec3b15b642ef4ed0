using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>Secrets that a test knows, and every way in which one of them could lie about.</summary>
internal sealed class CanarySecrets
{
    private readonly Dictionary<string, List<byte[]>> secrets = [];

    /// <summary>A new secret, under the words that a failure shall say.</summary>
    public string New(string what) => Add(what, $"canary{RandomNumberGenerator.GetHexString(32)}");

    /// <summary>One that the portal made.</summary>
    public string Add(string what, string secret)
    {
        Assert.True(secret.Length >= 12, $"{what} is too short to be looked for.");
        var forms = secrets.TryGetValue(what, out var known) ? known : secrets[what] = [];
        forms.Add(Encoding.UTF8.GetBytes(secret));
        forms.Add(Encoding.Unicode.GetBytes(secret));
        forms.Add(Encoding.BigEndianUnicode.GetBytes(secret));
        return secret;
    }

    /// <summary>The same as octets.</summary>
    public void Add(string what, byte[] secret) => secrets.TryAdd(what, [secret]);

    /// <param name="where">What is searched.</param>
    /// <param name="text">All of it.</param>
    /// <param name="but">What must be there, or the search would prove nothing.</param>
    public void AssertNoneIn(string where, string text, string but)
    {
        Assert.Contains(but, text, StringComparison.Ordinal);
        foreach (var (what, forms) in secrets)
            foreach (var spelling in forms.SelectMany(Spellings).Distinct())
                if (text.IndexOf(spelling, StringComparison.OrdinalIgnoreCase) is >= 0 and var place)
                    Assert.Fail($"In {where} lies {what} as {spelling}: …{text[Math.Max(0, place - 200)..Math.Min(text.Length, place + spelling.Length + 60)]}…");
    }

    /// <summary>
    /// As text, in hexadecimal, in base64 of whatever it stands in, base32, escaped for an address; and each of them once more in hexadecimal,
    /// which is how a dump writes octets.
    /// </summary>
    public static IEnumerable<string> Spellings(byte[] secret)
    {
        var plain = Plainly(secret).ToList();
        return plain.Concat(plain.Select(spelling => Convert.ToHexString(Encoding.UTF8.GetBytes(spelling))));
    }

    private static IEnumerable<string> Plainly(byte[] secret)
    {
        if (secret.All(octet => octet is > 31 and < 127))
        {
            yield return Encoding.ASCII.GetString(secret);
            yield return Uri.EscapeDataString(Encoding.ASCII.GetString(secret));
        }
        yield return Convert.ToHexString(secret);
        yield return Base32(secret);
        // Base64 at each of the three places where a secret can begin, without the letters that depend on neighbours; and its form for addresses.
        for (var skipped = 0; skipped < 3; skipped++)
        {
            var letters = Convert.ToBase64String(secret, skipped, (secret.Length - skipped) / 3 * 3);
            yield return letters;
            yield return letters.Replace('+', '-').Replace('/', '_');
        }
    }

    private static string Base32(byte[] secret)
    {
        var bits = string.Concat(secret.Select(octet => Convert.ToString(octet, 2).PadLeft(8, '0')));
        return new([.. bits.Chunk(5).Where(five => five.Length == 5).Select(five => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Convert.ToInt32(new string(five), 2)])]);
    }
}

/// <summary>The search itself finds what it is to find.</summary>
public sealed class CanarySearchTests
{
    [Theory]
    [InlineData("utf-8", "text"), InlineData("utf-8", "hex"), InlineData("utf-8", "base64"), InlineData("utf-8", "within"), InlineData("utf-8", "dumped")]
    [InlineData("utf-16", "hex"), InlineData("utf-16", "base64"), InlineData("utf-16BE", "hex"), InlineData("utf-16", "dumped"), InlineData("utf-8", "address")]
    public void A_secret_is_found_however_it_is_written(string charset, string how)
    {
        var secrets = new CanarySecrets();
        var octets = Encoding.GetEncoding(charset).GetBytes(secrets.New("it"));
        var text = how switch
        {
            "text" => Encoding.UTF8.GetString(octets),
            "hex" => $"\\x00{Convert.ToHexStringLower(octets)}",
            "base64" => Convert.ToBase64String(octets),
            "within" => Convert.ToBase64String([0, .. "somebody"u8, 0, .. octets, 1]),
            "dumped" => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Convert.ToBase64String(octets))),
            _ => Uri.EscapeDataString(Encoding.UTF8.GetString(octets)),
        };

        Assert.ThrowsAny<Exception>(() => secrets.AssertNoneIn("a text", $"before {text} after", but: "before"));
        secrets.AssertNoneIn("a text", "before and after", but: "before");
    }
}

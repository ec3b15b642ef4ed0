using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>Time-based one-time passwords as authenticator apps make them: RFC 6238 with SHA-1, six digits, thirty seconds.</summary>
internal static class Totp
{
    private const int SecretOctets = 20;
    private const int Digits = 6;
    private const int StepSeconds = 30;

    // A phone's clock may be off, and typing takes time (RFC 6238, 5.2).
    private const int StepsAround = 1;

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretOctets);

    /// <returns>The time step whose code this is, if it is a recent one and later than <paramref name="after"/>; else null.</returns>
    public static long? StepOf(string code, byte[] secret, DateTimeOffset now, long after)
    {
        var given = Encoding.ASCII.GetBytes(code);
        var present = now.ToUnixTimeSeconds() / StepSeconds;
        long? found = null;
        for (var step = present - StepsAround; step <= present + StepsAround; step++)
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(CodeAt(secret, step))) && step > after)
                found ??= step;
        return found;
    }

    /// <summary>The code that an app shows at that time.</summary>
    public static string CodeAt(byte[] secret, DateTimeOffset time) => CodeAt(secret, time.ToUnixTimeSeconds() / StepSeconds);

    /// <summary>What an app reads from the picture: the key URI format that all of them understand.</summary>
    public static string KeyUri(string account, byte[] secret) =>
        $"otpauth://totp/AdminPortal:{Uri.EscapeDataString(account)}?secret={Base32(secret)}&issuer=AdminPortal&algorithm=SHA1&digits={Digits}&period={StepSeconds}";

    /// <summary>RFC 4648, 6, without padding: how people type a secret in.</summary>
    public static string Base32(byte[] bytes)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var (text, buffer, bits) = (new StringBuilder(), 0, 0);
        foreach (var octet in bytes)
        {
            (buffer, bits) = (((buffer << 8) | octet) & 0xFFFF, bits + 8);
            for (; bits >= 5; bits -= 5) text.Append(Alphabet[(buffer >> (bits - 5)) & 31]);
        }
        return bits == 0 ? text.ToString() : text.Append(Alphabet[(buffer << (5 - bits)) & 31]).ToString();
    }

    // RFC 4226, 5.3: HMAC of the counter, dynamically truncated.
    [SuppressMessage("Security", "CA5350", Justification = "HMAC-SHA1 is what authenticator apps compute; collisions do not matter here (RFC 6238, B).")]
    private static string CodeAt(byte[] secret, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var mac = HMACSHA1.HashData(secret, counter);
        var number = BinaryPrimitives.ReadUInt32BigEndian(mac.AsSpan(mac[^1] & 0xF)) & 0x7FFF_FFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}

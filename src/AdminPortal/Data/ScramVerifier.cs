using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Data;

/// <summary>
/// SCRAM-SHA-256 verifiers (RFC 5802, section 3, with SHA-256 as in RFC 7677): what is stored instead of a password. Whoever reads them
/// cannot sign in with them.
/// </summary>
public static class ScramVerifier
{
    /// <summary>For generated passwords, whose guessing no iteration count needs to slow down (RFC 7677, section 4: at least 4,096).</summary>
    public const int IterationsForGenerated = 4_096;

    /// <summary>Once a password that a person chose is among a mailbox's credentials.</summary>
    public const int IterationsForChosen = 100_000;

    public const int SaltLength = 16;

    private const int KeyLength = SHA256.HashSizeInBytes;

    /// <summary>The costly part: one derivation serves a login, whatever the number of credentials.</summary>
    public static byte[] SaltedPassword(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Prepare(password), salt, iterations, HashAlgorithmName.SHA256, KeyLength);

    public static byte[] StoredKey(byte[] saltedPassword) => SHA256.HashData(HMACSHA256.HashData(saltedPassword, "Client Key"u8));

    public static byte[] ServerKey(byte[] saltedPassword) => HMACSHA256.HashData(saltedPassword, "Server Key"u8);

    /// <summary>A salt for a name that is nobody's, always the same for the same name, so that the answers do not tell it apart.</summary>
    /// <param name="secret">At least 32 random bytes of this installation.</param>
    /// <param name="name">The name as it was given, normalised.</param>
    public static byte[] DummySalt(byte[] secret, string name) =>
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(name))[..SaltLength];

    // RFC 8265's OpaqueString and RFC 4013 agree on compatibility composition for what people type; both sides of a comparison pass here.
    private static byte[] Prepare(string password) => Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC));
}

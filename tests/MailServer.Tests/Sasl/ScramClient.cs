using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.MailServerTests.Sasl;

/// <summary>The client's side of SCRAM-SHA-256 (RFC 5802), written again from the document, with every part open to forgery.</summary>
internal sealed class ScramClient(string name, string password)
{
    public const string Nonce = "rOprNGfwEbeRWgbNEkqO";

    public string Gs2 { get; init; } = "n,,";

    public byte[] Binding { get; init; } = [];

    /// <summary>Changes the last message before it is sent; its proof stays.</summary>
    public Func<string, string> Forge { get; init; } = message => message;

    public int Iterations { get; private set; }

    public string Salt { get; private set; } = "";

    private byte[] _serverSignature = [];

    public string First => Encode($"{Gs2}n={name},r={Nonce}");

    public string Last(string challenge)
    {
        var serverFirst = Encoding.UTF8.GetString(Convert.FromBase64String(challenge));
        var parts = serverFirst.Split(',');
        (Salt, Iterations) = (parts[1][2..], int.Parse(parts[2][2..], System.Globalization.CultureInfo.InvariantCulture));
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Convert.FromBase64String(Salt), Iterations, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var binding = Convert.ToBase64String([.. Encoding.UTF8.GetBytes(Gs2), .. Binding]);
        var withoutProof = $"c={binding},{parts[0]}";
        var signed = Encoding.UTF8.GetBytes($"n={name},r={Nonce},{serverFirst},{withoutProof}");
        var signature = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return Encode(Forge($"{withoutProof},p={Convert.ToBase64String([.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))])}"));
    }

    public string ServerFinal => Encode($"v={Convert.ToBase64String(_serverSignature)}");

    public static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

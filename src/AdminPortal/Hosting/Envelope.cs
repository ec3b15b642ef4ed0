using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Hosting;

/// <summary>
/// Seals secrets that must be readable again, such as the password of a service credential: AES-256-GCM under a key from the key file.
/// What is sealed is bound to where it belongs (tenant, row, host): moved elsewhere, it does not open.
/// </summary>
internal sealed class Envelope(KeyFile keyFile)
{
    private const byte Format = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private readonly Lazy<byte[]> key = new(() => keyFile.KeyFor("stored credentials"));

    /// <param name="secret">What nobody may read.</param>
    /// <param name="boundTo">Where it belongs, spelled the same when it is opened.</param>
    public byte[] Seal(string secret, string boundTo) => Seal(Encoding.UTF8.GetBytes(secret), boundTo);

    public byte[] Seal(byte[] secret, string boundTo) => Seal(key.Value, secret, boundTo);

    /// <exception cref="CryptographicException">It was altered, moved, or sealed with another key file.</exception>
    public string Open(byte[] @sealed, string boundTo) => Encoding.UTF8.GetString(OpenBytes(@sealed, boundTo));

    /// <inheritdoc cref="Open(byte[], string)"/>
    public byte[] OpenBytes(byte[] @sealed, string boundTo) => Open(key.Value, @sealed, boundTo);

    internal static byte[] Seal(byte[] key, byte[] secret, string boundTo)
    {
        var envelope = new byte[1 + NonceLength + secret.Length + TagLength];
        envelope[0] = Format;
        var nonce = envelope.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, secret, envelope.AsSpan(1 + NonceLength, secret.Length), envelope.AsSpan(^TagLength), Encoding.UTF8.GetBytes(boundTo));
        return envelope;
    }

    internal static byte[] Open(byte[] key, byte[] envelope, string boundTo)
    {
        if (envelope.Length < 1 + NonceLength + TagLength || envelope[0] != Format)
            throw new CryptographicException("This is no envelope of a known format.");
        var secret = new byte[envelope.Length - 1 - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        cipher.Decrypt(
            envelope.AsSpan(1, NonceLength), envelope.AsSpan(1 + NonceLength, secret.Length), envelope.AsSpan(^TagLength), secret, Encoding.UTF8.GetBytes(boundTo));
        return secret;
    }
}

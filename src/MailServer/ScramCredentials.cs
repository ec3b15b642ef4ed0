using System.Security.Cryptography;

namespace AdminPortal.MailServer;

/// <summary>
/// A SCRAM-SHA-256 proof (RFC 5802, 3): the client knows the password, and nobody told it. The backend compares it with every StoredKey it
/// has for the name, and signs for the one that fits: <see cref="Proves"/>, then <see cref="Sign"/>.
/// </summary>
/// <param name="authMessage">What both sides have said.</param>
/// <param name="proof">32 octets.</param>
public sealed class ScramCredentials(byte[] authMessage, byte[] proof) : MailCredentials
{
    /// <summary>The server's own proof, which the client waits for; null until <see cref="Sign"/>.</summary>
    internal byte[]? ServerSignature { get; private set; }

    /// <summary>Whether the proof was made with the password of that verifier. Takes the same time for every key.</summary>
    /// <param name="storedKey">32 octets: SHA-256 of the ClientKey.</param>
    public bool Proves(ReadOnlySpan<byte> storedKey)
    {
        Span<byte> clientKey = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(storedKey, authMessage, clientKey);
        for (var index = 0; index < clientKey.Length; index++)
            clientKey[index] ^= proof[index];
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(clientKey, given);
        return CryptographicOperations.FixedTimeEquals(given, storedKey);
    }

    /// <summary>Shows the client that the server has the verifier too. To be called for the credential that was proved.</summary>
    /// <param name="serverKey">32 octets.</param>
    public void Sign(ReadOnlySpan<byte> serverKey) => ServerSignature = HMACSHA256.HashData(serverKey, authMessage);
}

/// <summary>How the passwords of one name were salted; for a name that is nobody's something stable that looks the same.</summary>
/// <param name="Salt">At least 16 octets.</param>
/// <param name="Iterations">At least 4,096 (RFC 7677, 4).</param>
public sealed record PasswordSalting(ReadOnlyMemory<byte> Salt, int Iterations);

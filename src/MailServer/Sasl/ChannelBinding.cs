using System.Security.Cryptography;

namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// tls-server-end-point (RFC 5929, 4): the hash of the server's certificate. It works with every version of TLS, and is the one binding that
/// can be computed here: the platform shows no exporter (RFC 9266).
/// </summary>
internal static class ChannelBinding
{
    public const string Type = "tls-server-end-point";

    /// <summary>Null where the connection's certificate is not known, or its signature has no hash of its own.</summary>
    public static byte[]? Of(MailPeer peer) =>
        peer.Tls?.Certificate is { } certificate && HashOf(certificate.SignatureAlgorithm.Value) is { } hash ? hash(certificate.RawData) : null;

    // The hash of the certificate's own signature; SHA-256 in place of MD5 and SHA-1.
    private static Func<byte[], byte[]>? HashOf(string? signature) => signature switch
    {
        // ecdsa-with-SHA384, sha384WithRSAEncryption
        "1.2.840.10045.4.3.3" or "1.2.840.113549.1.1.12" => SHA384.HashData,
        // ecdsa-with-SHA512, sha512WithRSAEncryption
        "1.2.840.10045.4.3.4" or "1.2.840.113549.1.1.13" => SHA512.HashData,
        // ecdsa-with-SHA256, sha256WithRSAEncryption, and the MD5 and SHA-1 forms
        "1.2.840.10045.4.3.2" or "1.2.840.113549.1.1.11" or "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" => SHA256.HashData,
        // RSASSA-PSS and EdDSA: which hash is undefined (RFC 5929, 4.1).
        _ => null,
    };
}

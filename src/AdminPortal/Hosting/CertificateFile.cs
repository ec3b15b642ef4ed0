using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.Hosting;

/// <summary>
/// A certificate with its chain and its key in PEM files. Looked at again at most every half minute: a renewed file is taken up without a
/// restart, and a file that cannot be read leaves the last good one in service.
/// </summary>
/// <param name="path">The certificate, and those that lead to its authority.</param>
/// <param name="keyPath">The private key.</param>
/// <param name="time">The clock.</param>
/// <param name="kept">Told why a file could not be read again.</param>
internal sealed class CertificateFile(string path, string keyPath, TimeProvider time, Action<string> kept)
{
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private DateTimeOffset lookedAt;
    private DateTime written;

    /// <exception cref="IOException">It cannot be read, and never could; likewise <see cref="UnauthorizedAccessException"/> and
    /// <see cref="CryptographicException"/>.</exception>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (gate)
            {
                if (current is null || time.GetUtcNow() - lookedAt >= LookAgain) Look();
                return current!;
            }
        }
    }

    private void Look()
    {
        lookedAt = time.GetUtcNow();
        try
        {
            var now = File.GetLastWriteTimeUtc(path);
            if (current is not null && now == written) return;
            current = Read();
            written = now;
        }
        catch (Exception exception) when (current is not null && exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            kept(exception.Message);
        }
    }

    private SslStreamCertificateContext Read()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(path, keyPath), chain, offline: true);
    }
}

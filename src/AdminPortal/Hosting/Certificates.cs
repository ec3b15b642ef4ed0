using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>The certificate that this process shows, to browsers and to mail programs.</summary>
public interface IServerCertificate
{
    /// <summary>Asked at each handshake, so that a renewed certificate serves the next connection.</summary>
    SslStreamCertificateContext Current { get; }
}

/// <summary>
/// The configured certificate, or a leaf of the development authority. Looked at again at most every half minute: a renewed file is
/// taken up without a restart, and a file that cannot be read leaves the last good one in service.
/// </summary>
internal sealed partial class Certificates(
    IOptions<HostingOptions> options, DevelopmentAuthority development, TimeProvider time, ILogger<Certificates> logger) : IServerCertificate
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private SslStreamCertificateContext? current;
    private DateTimeOffset lookedAt;
    private DateTime fileTime;

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
            current = Read() ?? current;
        }
        catch (Exception exception) when (current is not null && exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            LogKept(exception.Message);
        }
    }

    /// <returns>Null where nothing has changed.</returns>
    private SslStreamCertificateContext? Read() => options.Value is { CertificatePath: { } path, CertificateKeyPath: { } key } ? ReadFiles(path, key) : ReadDevelopment();

    private SslStreamCertificateContext? ReadFiles(string path, string keyPath)
    {
        var written = File.GetLastWriteTimeUtc(path);
        if (current is not null && written == fileTime) return null;
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        var context = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(path, keyPath), chain, offline: true);
        fileTime = written;
        return context;
    }

    private SslStreamCertificateContext? ReadDevelopment()
    {
        using var authority = development.Authority();
        var leaf = development.Leaf(authority);
        if (current?.TargetCertificate.Thumbprint == leaf.Thumbprint) return null;
        return SslStreamCertificateContext.Create(leaf, [X509CertificateLoader.LoadCertificate(authority.RawData)], offline: true);
    }

    [LoggerMessage(LogLevel.Error, "The certificate cannot be read again, the last good one stays in service: {Reason}")]
    private partial void LogKept(string reason);
}

/// <summary>
/// Takes the certificate up before anything listens: one that cannot be read stops the start, and the development authority is on disk for
/// whoever must trust it, not only after the first handshake.
/// </summary>
internal sealed class CertificateAtStart(IServerCertificate certificate) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = certificate.Current;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

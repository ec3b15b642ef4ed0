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
/// The configured certificate, or a leaf of the development authority, which is looked at again at most every half minute too.
/// </summary>
internal sealed partial class Certificates(
    IOptions<HostingOptions> options, DevelopmentAuthority development, TimeProvider time, ILogger<Certificates> logger) : IServerCertificate
{
    private readonly Lock gate = new();
    private CertificateFile? file;
    private SslStreamCertificateContext? current;
    private DateTimeOffset lookedAt;

    public SslStreamCertificateContext Current
    {
        get
        {
            if (options.Value is { CertificatePath: { } path, CertificateKeyPath: { } key })
                return (file ??= new(path, key, time, LogKept)).Current;
            lock (gate)
            {
                if (current is null || time.GetUtcNow() - lookedAt >= CertificateFile.LookAgain) Look();
                return current!;
            }
        }
    }

    private void Look()
    {
        lookedAt = time.GetUtcNow();
        try
        {
            current = ReadDevelopment() ?? current;
        }
        catch (Exception exception) when (current is not null && exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            LogKept(exception.Message);
        }
    }

    /// <returns>Null where nothing has changed.</returns>
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

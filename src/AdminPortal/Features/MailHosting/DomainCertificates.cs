using System.Net.Security;
using System.Security.Cryptography;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting;

/// <summary>A certificate for the mail programs that ask for one name; section <c>MailServer:Certificates</c>, a list.</summary>
internal sealed class DomainCertificate
{
    /// <summary>The name that people type in as the server: <c>mail.example.org</c>, or <c>*.example.org</c> for one label more.</summary>
    public string Host { get; set; } = "";

    /// <summary>PEM, with those that lead to its authority.</summary>
    public string CertificatePath { get; set; } = "";

    public string KeyPath { get; set; } = "";
}

/// <summary>
/// Certificates by the name that a client asks for (SNI, RFC 6066, 3). Whoever asks for another name, or for none, is shown the installation's
/// own. What cannot be read stops the start; what cannot be read again leaves the last good one in service.
/// </summary>
internal sealed partial class DomainCertificates : IHostedService
{
    private const string Section = $"{MailServerOptions.Section}:Certificates";
    private readonly List<DomainCertificate> configured;
    private readonly Dictionary<string, CertificateFile> files = new(StringComparer.Ordinal);

    public DomainCertificates(IConfiguration configuration, TimeProvider time, ILogger<DomainCertificates> logger)
    {
        configured = configuration.GetSection(Section).Get<List<DomainCertificate>>() ?? [];
        foreach (var one in configured)
            if (HostOf(one) is { } host)
                files.TryAdd(host, new(one.CertificatePath, one.KeyPath, time, reason => LogKept(logger, host, reason)));
    }

    public SslStreamCertificateContext? For(string name)
    {
        if (files.Count == 0) return null;
        var host = name.TrimEnd('.').ToLowerInvariant();
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return files.GetValueOrDefault(host)?.Current ?? (dot > 0 ? files.GetValueOrDefault($"*{host[dot..]}")?.Current : null);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var wrong = Errors().ToList();
        if (wrong.Count > 0) throw new UnusableSettingException(string.Join(' ', wrong));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<string> Errors()
    {
        foreach (var (index, one) in configured.Index())
        {
            if (HostOf(one) is not { } host) yield return $"{Section}:{index}:Host: '{one.Host}' is not a host name, nor one such as *.example.org.";
            else if (configured.Take(index).Any(other => HostOf(other) == host)) yield return $"{Section}:{index}:Host: {host} is named twice.";
            else if (Unreadable(host) is { } reason) yield return $"{Section}:{index}: the certificate of {host} cannot be read: {reason}";
        }
    }

    private string? Unreadable(string host)
    {
        try
        {
            _ = files[host].Current;
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return exception.Message;
        }
    }

    private static string? HostOf(DomainCertificate one) => one.Host.StartsWith("*.", StringComparison.Ordinal)
        ? MailAddressName.NormaliseDomain(one.Host[2..]) is { } domain ? $"*.{domain}" : null
        : MailAddressName.NormaliseDomain(one.Host);

    [LoggerMessage(LogLevel.Error, "The certificate of {Host} cannot be read again, the last good one stays in service: {Reason}")]
    private static partial void LogKept(ILogger logger, string host, string reason);
}

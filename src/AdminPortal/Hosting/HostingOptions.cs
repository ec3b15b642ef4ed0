using System.Net;

namespace AdminPortal.Hosting;

/// <summary>Where the portal listens, what it trusts and keeps, and which parts of it run in this process; section <c>Portal</c>.</summary>
internal sealed class HostingOptions
{
    public const string Section = "Portal";

    /// <summary>Null: no plain HTTP. 0: any free port.</summary>
    public int? HttpPort { get; set; } = 8080;

    /// <summary>Null: no HTTPS. 0: any free port.</summary>
    public int? HttpsPort { get; set; } = 8443;

    /// <summary><c>loopback</c>, <c>any</c>, or one IP address.</summary>
    public string BindAddress { get; set; } = "loopback";

    /// <summary>What links and hand-outs show; null: <c>http://localhost:PORT</c>.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>PEM file of the server's certificate and its intermediates; null: a leaf of the development authority.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>PEM file of its private key.</summary>
    public string? CertificateKeyPath { get; set; }

    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) whose X-Forwarded-* headers are believed; separated by commas.</summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>PEM file of roots that our own clients trust beside the system's.</summary>
    public string? ExtraTrustedRoots { get; set; }

    /// <summary>Wraps data-protection keys and stored credentials; null: <c>DATA/key</c>, made at first start. Shared by all processes.</summary>
    public string? KeyFile { get; set; }

    public string DataFolder { get; set; } = ".data";

    /// <summary>Which parts run here: <c>web</c>, <c>mail</c> or <c>proxy</c>, <c>worker</c>; separated by commas.</summary>
    public string Roles { get; set; } = "web,mail,worker";

    /// <summary>Seeds the demonstration. True only through <c>./run</c>.</summary>
    public bool Demo { get; set; }

    public bool Runs(string role) => Words(Roles).Contains(role, StringComparer.OrdinalIgnoreCase);

    public Uri PublicAddress => PublicUrl ?? new($"http://localhost:{HttpPort}");

    public string KeyPath => KeyFile ?? Path.Combine(DataFolder, "key");

    public bool BindsAny => BindAddress.ToLowerInvariant() is "any" or "*";

    public bool BindsLoopback => BindAddress.ToLowerInvariant() is "loopback" or "localhost";

    /// <summary>The one address to listen on; null: all, or an address that cannot be read.</summary>
    public IPAddress? ListeningAddress => BindsLoopback ? IPAddress.Loopback : IPAddress.TryParse(BindAddress, out var address) ? address : null;

    public IEnumerable<string> Errors()
    {
        foreach (var (name, port) in new[] { (nameof(HttpPort), HttpPort), (nameof(HttpsPort), HttpsPort) })
            if (port is < 0 or > 65_535)
                yield return $"{Section}:{name} is {port}; it must be 0 (any free one) to 65535, or empty for none.";
        if (HttpPort > 0 && HttpPort == HttpsPort)
            yield return $"{Section}:{nameof(HttpPort)} and {Section}:{nameof(HttpsPort)} are both {HttpPort}.";
        if (!BindsAny && !BindsLoopback && !IPAddress.TryParse(BindAddress, out _))
            yield return $"{Section}:{nameof(BindAddress)} '{BindAddress}' is neither loopback, nor any, nor an IP address.";
        if (PublicUrl is not null && (!PublicUrl.IsAbsoluteUri || PublicUrl.Scheme is not ("http" or "https")))
            yield return $"{Section}:{nameof(PublicUrl)} '{PublicUrl}' is not an http or https address.";
        if (CertificatePath is null != CertificateKeyPath is null)
            yield return $"{Section}:{nameof(CertificatePath)} and {Section}:{nameof(CertificateKeyPath)} belong together: give both or neither.";
        foreach (var (name, file) in new[] { (nameof(CertificatePath), CertificatePath), (nameof(CertificateKeyPath), CertificateKeyPath), (nameof(ExtraTrustedRoots), ExtraTrustedRoots) })
            if (file is not null && !File.Exists(file))
                yield return $"{Section}:{name}: there is no file {file}.";
        foreach (var proxy in Words(TrustedProxies).Where(p => !IPAddress.TryParse(p, out _) && !IPNetwork.TryParse(p, out _)))
            yield return $"{Section}:{nameof(TrustedProxies)}: '{proxy}' is neither an address nor a network such as 10.0.0.0/8.";
        foreach (var role in Words(Roles).Where(r => r.ToLowerInvariant() is not ("web" or "mail" or "proxy" or "worker")))
            yield return $"{Section}:{nameof(Roles)}: '{role}' is none of web, mail, proxy, worker.";
        if (Runs("mail") && Runs("proxy"))
            yield return $"{Section}:{nameof(Roles)}: mail and proxy answer on the same ports; one process is one of them.";
        if (Words(Roles).Length == 0)
            yield return $"{Section}:{nameof(Roles)} is empty: this process would do nothing.";
    }

    internal static string[] Words(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

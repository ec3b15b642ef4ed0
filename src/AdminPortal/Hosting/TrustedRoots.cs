using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// Whom our own clients (the checker, outgoing mail) trust: the system's roots, the development authority and the operator's extra roots.
/// The name is always checked. Revocation is not asked for the development authority alone, which has nobody to ask.
/// </summary>
/// <remarks>
/// A stranger's certificate names addresses from which issuers and revocation lists could be fetched. Nothing is fetched before the chain
/// is trusted: otherwise a hostile server would make the portal call addresses inside its own network.
/// </remarks>
internal sealed class TrustedRoots(IOptions<HostingOptions> options, DevelopmentAuthority development)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private readonly Lazy<X509Certificate2Collection> ofDevelopment = new(() => ReadDevelopment(options.Value, development));
    private readonly Lazy<X509Certificate2Collection> extra = new(() => ReadExtra(options.Value));

    /// <summary>The development authority, for a client that judges a chain itself; empty where the installation has a certificate of its own.</summary>
    public X509Certificate2Collection Development => ofDevelopment.Value;

    /// <summary>The operator's extra roots, likewise.</summary>
    public X509Certificate2Collection Extra => extra.Value;

    /// <summary>How any chain of a stranger is built, by SslStream before it asks, and by whoever judges afterwards: from what was sent.</summary>
    public static X509ChainPolicy WithoutDownloads() => new()
    {
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
        ApplicationPolicy = { ServerAuthentication },
    };

    /// <summary>For a TLS client that asks nothing but whether the server may be trusted.</summary>
    /// <param name="host">Whose name the certificate must bear.</param>
    public SslClientAuthenticationOptions ClientOptions(string host) => new()
    {
        TargetHost = host,
        CertificateChainPolicy = WithoutDownloads(),
        RemoteCertificateValidationCallback = Validate,
    };

    // What the system already trusts passes; of the errors only an unknown root can be healed here.
    private bool Validate(object sender, X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || presented is null) return false;
        using var certificate = X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        return LeadsTo(Development, certificate, sent, X509RevocationMode.NoCheck)
            || (LeadsTo(Extra, certificate, sent, X509RevocationMode.NoCheck) && LeadsTo(Extra, certificate, sent, X509RevocationMode.Online));
    }

    private static bool LeadsTo(X509Certificate2Collection roots, X509Certificate2 certificate, X509Chain? sent, X509RevocationMode revocation)
    {
        if (roots.Count == 0) return false;
        using var chain = new X509Chain { ChainPolicy = WithoutDownloads() };
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = revocation;
        // A private authority that publishes no list is not refused for it; a certificate that a list names is.
        chain.ChainPolicy.VerificationFlags =
            X509VerificationFlags.IgnoreEndRevocationUnknown | X509VerificationFlags.IgnoreCertificateAuthorityRevocationUnknown;
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }

    // An installation with a certificate of its own has no use for the development authority, and does not trust it.
    private static X509Certificate2Collection ReadDevelopment(HostingOptions options, DevelopmentAuthority development)
    {
        if (options.CertificatePath is not null) return [];
        using var authority = development.Authority();
        return [X509CertificateLoader.LoadCertificate(authority.RawData)];
    }

    private static X509Certificate2Collection ReadExtra(HostingOptions options)
    {
        var roots = new X509Certificate2Collection();
        if (options.ExtraTrustedRoots is { } path) roots.ImportFromPemFile(path);
        return roots;
    }
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// Whom our own clients (the checker, outgoing mail) trust: the system's roots, the development authority and the operator's extra roots.
/// The name is always checked. Revocation is not asked for the development authority alone, which has nobody to ask.
/// </summary>
internal sealed class TrustedRoots(IOptions<HostingOptions> options, DevelopmentAuthority development)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private readonly Lazy<X509Certificate2Collection> ofDevelopment = new(() => ReadDevelopment(options.Value, development));
    private readonly Lazy<X509Certificate2Collection> extra = new(() => ReadExtra(options.Value));

    /// <summary>The development authority, for a client that judges a chain itself; empty where the installation has a certificate of its own.</summary>
    public X509Certificate2Collection Development => ofDevelopment.Value;

    /// <summary>The operator's extra roots, likewise.</summary>
    public X509Certificate2Collection Extra => extra.Value;

    /// <summary>To be given to a TLS client. What the system already trusts passes; of the errors only an unknown root can be healed here.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null) return false;
        return Builds(certificate, chain, ofDevelopment.Value, X509RevocationMode.NoCheck)
            || Builds(certificate, chain, extra.Value, X509RevocationMode.Online);
    }

    private static bool Builds(X509Certificate certificate, X509Chain? sent, X509Certificate2Collection roots, X509RevocationMode revocation)
    {
        if (roots.Count == 0) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = revocation;
        // A private authority that publishes no list is not refused for it; a certificate that a list names is.
        chain.ChainPolicy.VerificationFlags =
            X509VerificationFlags.IgnoreEndRevocationUnknown | X509VerificationFlags.IgnoreCertificateAuthorityRevocationUnknown;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        if (sent is not null)
            foreach (var element in sent.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(new X509Certificate2(certificate));
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

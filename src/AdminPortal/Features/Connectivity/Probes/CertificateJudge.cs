using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// Says whether a server's certificate may be trusted, and if not, why in one word. Trusted are the system's roots, the operator's extra
/// ones and the development authority, which alone is not asked about revocation; the name must match with each.
/// </summary>
/// <remarks>Nothing is fetched from addresses that a stranger's certificate names, see <see cref="TrustedRoots"/>.</remarks>
internal sealed class CertificateJudge(X509Certificate2Collection development, X509Certificate2Collection extra, TimeProvider time)
{
    private static readonly TimeSpan RevocationPatience = TimeSpan.FromSeconds(5);

    /// <summary>Null for a certificate to be trusted, else what is wrong with it.</summary>
    public FailureCause? Judge(X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (certificate is null) return FailureCause.CertificateUntrusted;
        var now = time.GetUtcNow().UtcDateTime;
        if (certificate.NotAfter.ToUniversalTime() < now) return FailureCause.CertificateExpired;
        if (certificate.NotBefore.ToUniversalTime() > now) return FailureCause.CertificateNotYetValid;
        if (!IsTrusted(certificate, sent?.ChainPolicy.ExtraStore)) return FailureCause.CertificateUntrusted;
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? FailureCause.CertificateWrongName : null;
    }

    /// <summary>What a person wants to know of a certificate, in one line.</summary>
    public static string Describe(X509Certificate2 certificate)
    {
        return $"{certificate.Subject}; issued by {certificate.Issuer}; valid {Day(certificate.NotBefore)} to {Day(certificate.NotAfter)}";

        static string Day(DateTime day) => day.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection? intermediates) =>
        (development.Count > 0 && LeadsTo(development, certificate, intermediates))
        || (extra.Count > 0 && LeadsTo(extra, certificate, intermediates) && !IsRevoked(extra, certificate, intermediates))
        || (LeadsTo(null, certificate, intermediates) && !IsRevoked(null, certificate, intermediates));

    private bool LeadsTo(X509Certificate2Collection? roots, X509Certificate2 certificate, X509Certificate2Collection? intermediates)
    {
        using var chain = Chain(roots, intermediates);
        return chain.Build(certificate);
    }

    // An answer that cannot be had is not an answer: only a certificate that its issuer calls revoked is refused.
    private bool IsRevoked(X509Certificate2Collection? roots, X509Certificate2 certificate, X509Certificate2Collection? intermediates)
    {
        using var chain = Chain(roots, intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.Online;
        chain.ChainPolicy.RevocationFlag = X509RevocationFlag.EndCertificateOnly;
        chain.ChainPolicy.UrlRetrievalTimeout = RevocationPatience;
        chain.Build(certificate);
        return chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.Revoked));
    }

    private X509Chain Chain(X509Certificate2Collection? roots, X509Certificate2Collection? intermediates)
    {
        var chain = new X509Chain { ChainPolicy = TrustedRoots.WithoutDownloads() };
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        if (intermediates is not null) chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        if (roots is null) return chain;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        return chain;
    }
}

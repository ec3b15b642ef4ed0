using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.Hosting;

/// <summary>
/// A certificate authority of this data folder alone, made at first start: its certificate at <c>DATA/ca.pem</c> may be given to browsers
/// and mail programs, its key never leaves the folder. It signs a leaf for this machine's own names.
/// </summary>
internal sealed class DevelopmentAuthority(string dataFolder, TimeProvider time)
{
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3_650);
    // What programs accept of a server's certificate at most.
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromDays(1);

    public string CertificatePath => Path.Combine(dataFolder, "ca.pem");

    private string AuthorityPath => Path.Combine(dataFolder, "certificates", "authority.pem");

    private string LeafPath => Path.Combine(dataFolder, "certificates", "localhost.pem");

    private static string[] Names => ["localhost"];

    private static IPAddress[] Addresses => [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <summary>The authority, made on the first call. Certificate and key share one file, so that two starters cannot mix theirs.</summary>
    public X509Certificate2 Authority()
    {
        SecretFile.MakeOnce(AuthorityPath, () => Pem(MakeAuthority()));
        var authority = X509Certificate2.CreateFromPemFile(AuthorityPath, AuthorityPath);
        if (!File.Exists(CertificatePath)) File.WriteAllText(CertificatePath, authority.ExportCertificatePem() + "\n");
        return authority;
    }

    /// <summary>The server's certificate with its key; signed anew when it is missing, old, or of another authority.</summary>
    public X509Certificate2 Leaf(X509Certificate2 authority)
    {
        if (File.Exists(LeafPath) && X509Certificate2.CreateFromPemFile(LeafPath, LeafPath) is var leaf && IsGood(leaf, authority)) return leaf;
        SecretFile.Replace(LeafPath, Pem(MakeLeaf(authority)));
        return X509Certificate2.CreateFromPemFile(LeafPath, LeafPath);
    }

    private bool IsGood(X509Certificate2 leaf, X509Certificate2 authority) =>
        leaf.NotAfter.ToUniversalTime() > (time.GetUtcNow() + RenewBefore).UtcDateTime && leaf.IssuerName.RawData.SequenceEqual(authority.SubjectName.RawData);

    private X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // The serial in the name tells the authorities of several folders apart where a browser lists them.
        var serial = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var request = new CertificateRequest($"CN=AdminPortal development authority {serial}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        return request.CreateSelfSigned(now - ClocksDiffer, now + AuthorityLife);
    }

    private X509Certificate2 MakeLeaf(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(SubjectNames());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var now = time.GetUtcNow();
        using var certificate = request.Create(authority, now - ClocksDiffer, now + LeafLife, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Extension SubjectNames()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Names) names.AddDnsName(name);
        foreach (var address in Addresses) names.AddIpAddress(address);
        return names.Build();
    }

    private static string Pem(X509Certificate2 certificate) =>
        $"{certificate.ExportCertificatePem()}\n{certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n";
}

using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.MailServerTests.Harness;

/// <summary>A certificate authority of this run, and a server certificate for localhost that it signed.</summary>
internal static class TestCertificates
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);

    public static X509Certificate2 Authority { get; } = CreateAuthority();

    public static SslStreamCertificateContext Server { get; } =
        SslStreamCertificateContext.Create(CreateServer(Authority), [Authority], offline: true);

    /// <summary>A certificate of that name, signed by the same authority.</summary>
    public static SslStreamCertificateContext For(string name) => SslStreamCertificateContext.Create(CreateServer(Authority, name), [Authority], offline: true);

    /// <summary>For curl and Python, which take a file.</summary>
    public static string AuthorityFile()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mailserver-tests-{Guid.CreateVersion7():n}.pem");
        File.WriteAllText(path, Authority.ExportCertificatePem());
        return path;
    }

    private static X509Certificate2 CreateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=AdminPortal test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var made = request.CreateSelfSigned(From, From.AddDays(30));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2 CreateServer(X509Certificate2 authority, string name = "localhost")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, From, From.AddDays(29), RandomNumberGenerator.GetBytes(16));
        using var made = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

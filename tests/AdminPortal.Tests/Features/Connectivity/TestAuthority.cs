using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.Tests.Features.Connectivity;

/// <summary>A certificate authority for one test run, and the certificates it issues.</summary>
internal static class TestAuthority
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly X509Certificate2 Authority = MakeAuthority("CN=Test authority");

    public static X509Certificate2Collection Roots => [X509CertificateLoader.LoadCertificate(Authority.RawData)];

    /// <summary>What a proper server has.</summary>
    public static X509Certificate2 Localhost { get; } = Issue("localhost");

    public static X509Certificate2 Issue(string name, double validFromDays = -1, double validToDays = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Request(name, key).Create(Authority, Now.AddDays(validFromDays), Now.AddDays(validToDays), RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        return Usable(whole);
    }

    public static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var whole = Request(name, key).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(30));
        return Usable(whole);
    }

    /// <summary>Of an authority that nobody sent and that can be fetched at an address, says the certificate.</summary>
    public static X509Certificate2 OfUnknownIssuerAt(string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("localhost", key);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [address]));
        using var unknown = MakeAuthority("CN=Unknown authority");
        using var issued = request.Create(unknown, Now.AddDays(-1), Now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        return Usable(whole);
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false));
        return request;
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var whole = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
        return Usable(whole);
    }

    private static X509Certificate2 Usable(X509Certificate2 whole) =>
        X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
}

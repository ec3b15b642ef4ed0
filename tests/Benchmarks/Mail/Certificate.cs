using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>One certificate for both servers: ECDSA on P-256, as most certificates of mail servers are today.</summary>
internal sealed class Certificate : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("certificate-benchmark-").FullName;
    private readonly string thumbprint;

    public Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
        System.IO.File.WriteAllText(File, certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        thumbprint = certificate.GetCertHashString();
    }

    public string File => Path.Combine(folder, "certificate.pem");

    public string KeyFile => Path.Combine(folder, "key.pem");

    /// <summary>The key file that several processes of the portal share; made by the first.</summary>
    public string SecretFile => Path.Combine(folder, "secret");

    public MailDoor At(int port) => new(port, thumbprint);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

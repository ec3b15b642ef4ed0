using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.MailServer;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>Certificates for the names that mail programs ask for, from files that are renewed while the server runs.</summary>
public sealed class DomainCertificateTests : IClassFixture<PortalFactory>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adminportal-test-").FullName;
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public DomainCertificateTests(PortalFactory portal) => (this.portal, time) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Each_name_has_its_own_and_a_renewed_file_serves_the_next_connection()
    {
        Write("mail.contoso.example", "mail.contoso.example");
        Write("fabrikam", "*.fabrikam.example");
        Configure(0, "mail.contoso.example", "mail.contoso.example");
        Configure(1, "*.fabrikam.example", "fabrikam");
        portal.Set("Portal:Roles", "web,mail");
        portal.Listen();

        var first = await ShownAsync("mail.contoso.example");
        Assert.Equal("CN=mail.contoso.example", first.Subject);
        Assert.Equal("CN=*.fabrikam.example", (await ShownAsync("imap.fabrikam.example")).Subject);
        var own = await ShownAsync("localhost");
        Assert.Equal(own.Thumbprint, (await ShownAsync("fabrikam.example")).Thumbprint);
        Assert.Equal(own.Thumbprint, (await ShownAsync("a.b.fabrikam.example")).Thumbprint);

        // A file that is being written, or was cut, leaves the last good one in service.
        File.WriteAllText(Path.Combine(folder, "mail.contoso.example.pem"), "not a certificate");
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(first.Thumbprint, (await ShownAsync("mail.contoso.example")).Thumbprint);

        Write("mail.contoso.example", "mail.contoso.example");
        time.Advance(TimeSpan.FromSeconds(31));
        var renewed = await ShownAsync("mail.contoso.example");
        Assert.Equal("CN=mail.contoso.example", renewed.Subject);
        Assert.NotEqual(first.Thumbprint, renewed.Thumbprint);
    }

    private void Configure(int index, string host, string file)
    {
        portal.Set($"MailServer:Certificates:{index}:Host", host);
        portal.Set($"MailServer:Certificates:{index}:CertificatePath", Path.Combine(folder, $"{file}.pem"));
        portal.Set($"MailServer:Certificates:{index}:KeyPath", Path.Combine(folder, $"{file}.key"));
    }

    private void Write(string file, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddDays(30));
        File.WriteAllText(Path.Combine(folder, $"{file}.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder, $"{file}.pem"), made.ExportCertificatePem());
    }

    private async Task<X509Certificate2> ShownAsync(string name)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, portal.Services.GetRequiredService<MailListeners>().Port("imaps"), Cancel);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }, Cancel);
        return X509CertificateLoader.LoadCertificate(((X509Certificate2)tls.RemoteCertificate!).RawData);
    }
}

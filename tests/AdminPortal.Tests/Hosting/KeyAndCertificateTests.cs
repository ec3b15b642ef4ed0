using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Hosting;
using AdminPortal.Tests.Features.Connectivity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class KeyAndCertificateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adminportal-test-").FullName;
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HostingOptions Options => new() { DataFolder = folder };

    private DevelopmentAuthority Authority => new(folder, time);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_key_file_is_made_once_and_for_its_user_alone()
    {
        var key = new KeyFile(new OptionsWrapper<HostingOptions>(Options)).KeyFor("x");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "key")));
        Assert.Equal(key, new KeyFile(new OptionsWrapper<HostingOptions>(Options)).KeyFor("x"));
        Assert.NotEqual(key, new KeyFile(new OptionsWrapper<HostingOptions>(Options)).KeyFor("y"));
    }

    [Fact]
    public void A_key_file_that_was_cut_is_named_and_never_replaced()
    {
        File.WriteAllText(Path.Combine(folder, "key"), "AAAA\n");
        var told = Assert.Throws<UnusableSettingException>(() => new KeyFile(new OptionsWrapper<HostingOptions>(Options)).KeyFor("x"));
        Assert.Contains("Portal:KeyFile", told.Message);
        Assert.Equal("AAAA\n", File.ReadAllText(Path.Combine(folder, "key")));
    }

    [Fact]
    public async Task Processes_that_start_at_once_agree_on_one_key_and_one_authority()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            using var authority = Authority.Authority();
            return Convert.ToHexString(new KeyFile(new OptionsWrapper<HostingOptions>(Options)).KeyFor("x")) + authority.Thumbprint;
        }, Cancel)));
        Assert.Single(found.Distinct());
    }

    [Fact]
    public void An_envelope_opens_only_where_it_belongs_and_only_unaltered()
    {
        var envelope = new Envelope(new KeyFile(new OptionsWrapper<HostingOptions>(Options)));
        var sealedSecret = envelope.Seal("the password", "tenant 1, row 1");
        Assert.Equal("the password", envelope.Open(sealedSecret, "tenant 1, row 1"));
        Assert.NotEqual(sealedSecret, envelope.Seal("the password", "tenant 1, row 1"));

        Assert.ThrowsAny<CryptographicException>(() => envelope.Open(sealedSecret, "tenant 1, row 2"));
        for (var place = 0; place < sealedSecret.Length; place++)
        {
            var altered = sealedSecret.ToArray();
            altered[place] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => envelope.Open(altered, "tenant 1, row 1"));
        }
        Assert.ThrowsAny<CryptographicException>(() => envelope.Open([], "tenant 1, row 1"));
    }

    [Fact]
    public void The_authoritys_certificate_may_be_read_by_everybody_and_its_key_by_nobody_else()
    {
        using var authority = Authority.Authority();
        using var published = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "ca.pem"));
        Assert.Equal(authority.Thumbprint, published.Thumbprint);
        Assert.False(published.HasPrivateKey);
        Assert.All(Directory.GetFiles(Path.Combine(folder, "certificates")),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("mail.example", false)]
    [InlineData("127.0.0.2", false)]
    public async Task Our_clients_trust_the_development_certificate_under_its_own_names_alone(string host, bool trusted) =>
        Assert.Equal(trusted, await IsTrustedAsync(host, Options));

    [Fact]
    public async Task An_installation_with_a_certificate_of_its_own_does_not_trust_the_development_authority()
    {
        var options = Options;
        options.CertificatePath = "elsewhere.pem";
        Assert.False(await IsTrustedAsync("localhost", options));
    }

    [Fact]
    public async Task Extra_roots_are_trusted_beside_the_systems()
    {
        using (Authority.Authority()) { }
        var options = Options;
        (options.CertificatePath, options.ExtraTrustedRoots) = ("elsewhere.pem", Path.Combine(folder, "ca.pem"));
        Assert.True(await IsTrustedAsync("localhost", options));
    }

    [Fact]
    public async Task A_strangers_certificate_cannot_make_our_clients_call_an_address()
    {
        await using var inside = ScriptedServer.Start(c => c.HearAsync());
        using var certificate = TestAuthority.OfUnknownIssuerAt($"http://127.0.0.1:{inside.Port}/issuer.cer");
        Assert.False(await IsTrustedAsync("localhost", Options, SslStreamCertificateContext.Create(certificate, null, offline: true)));
        Assert.Equal(0, inside.Connections);
    }

    [Fact]
    public void A_leaf_is_renewed_before_it_ends_without_a_restart_and_under_the_same_authority()
    {
        var certificates = new Certificates(new OptionsWrapper<HostingOptions>(Options), Authority, time, NullLogger<Certificates>.Instance);
        var first = certificates.Current.TargetCertificate;
        time.Advance(TimeSpan.FromDays(360));
        Assert.Equal(first.Thumbprint, certificates.Current.TargetCertificate.Thumbprint);
        time.Advance(TimeSpan.FromDays(10));
        var second = certificates.Current.TargetCertificate;
        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.Equal(first.Issuer, second.Issuer);
    }

    [Fact]
    public void A_configured_certificate_that_was_renewed_is_taken_up_and_a_broken_one_is_not()
    {
        var (path, key) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        var options = Options;
        (options.CertificatePath, options.CertificateKeyPath) = (path, key);
        WriteSelfSigned("one", path, key);
        var certificates = new Certificates(new OptionsWrapper<HostingOptions>(options), Authority, time, NullLogger<Certificates>.Instance);
        Assert.Equal("CN=one", certificates.Current.TargetCertificate.Subject);

        File.WriteAllText(path, "half a file");
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().AddHours(1).UtcDateTime);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=one", certificates.Current.TargetCertificate.Subject);

        WriteSelfSigned("two", path, key);
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().AddHours(2).UtcDateTime);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=two", certificates.Current.TargetCertificate.Subject);
    }

    /// <summary>A real handshake, our client against our certificate.</summary>
    private async Task<bool> IsTrustedAsync(string host, HostingOptions options, SslStreamCertificateContext? other = null)
    {
        var server = other ?? new Certificates(new OptionsWrapper<HostingOptions>(Options), Authority, time, NullLogger<Certificates>.Instance).Current;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = listener.AcceptTcpClientAsync(Cancel).AsTask();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancel);
        using var accepted = await accepting;
        await using var serverSide = new SslStream(accepted.GetStream());
        await using var clientSide = new SslStream(client.GetStream());

        var serving = serverSide.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = server }, Cancel);
        try
        {
            await clientSide.AuthenticateAsClientAsync(new TrustedRoots(new OptionsWrapper<HostingOptions>(options), Authority).ClientOptions(host), Cancel);
            await serving;
            return true;
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private static void WriteSelfSigned(string name, string path, string keyPath)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AdminPortal.MailServerTests.Harness;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using Xunit;

namespace AdminPortal.MailServerTests.Wire;

/// <summary>TLS on real sockets: which certificate is shown, what proofs are bound to, which versions there are.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private const string Fabrikam = "mail.fabrikam.example";
    private static readonly SslStreamCertificateContext OfFabrikam = TestCertificates.For(Fabrikam);

    private readonly MailHost host = new() { Configure = options => options.CertificateFor = name => name == Fabrikam ? OfFabrikam : null };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Listeners() => new()
    {
        { "imaps", "" }, { "pop3s", "" }, { "submissions", "" }, { "imap", "x STARTTLS" }, { "pop3", "STLS" }, { "submission", "STARTTLS" },
    };

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task A_client_is_shown_the_certificate_of_the_name_it_asks_for_and_else_the_servers_own(string listener, string startTls)
    {
        Assert.Equal(OfFabrikam.TargetCertificate.Thumbprint, await ShownAsync(listener, startTls, Fabrikam));
        Assert.Equal(TestCertificates.Server.TargetCertificate.Thumbprint, await ShownAsync(listener, startTls, "localhost"));
        Assert.Equal(TestCertificates.Server.TargetCertificate.Thumbprint, await ShownAsync(listener, startTls, "mail.elsewhere.example"));
        Assert.Equal(TestCertificates.Server.TargetCertificate.Thumbprint, await ShownAsync(listener, startTls, ""));
    }

    [Theory]
    [InlineData("imaps", SecureSocketOptions.SslOnConnect, Fabrikam)]
    [InlineData("imaps", SecureSocketOptions.SslOnConnect, "localhost")]
    [InlineData("imap", SecureSocketOptions.StartTls, Fabrikam)]
    [InlineData("pop3s", SecureSocketOptions.SslOnConnect, Fabrikam)]
    [InlineData("pop3", SecureSocketOptions.StartTls, Fabrikam)]
    [InlineData("submissions", SecureSocketOptions.SslOnConnect, Fabrikam)]
    [InlineData("submission", SecureSocketOptions.StartTls, Fabrikam)]
    public async Task A_proof_is_bound_to_the_certificate_that_was_really_shown(string listener, SecureSocketOptions security, string name)
    {
        using MailService client = listener.StartsWith("imap", StringComparison.Ordinal) ? new ImapClient()
            : listener.StartsWith("pop3", StringComparison.Ordinal) ? new Pop3Client() : new SmtpClient();
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = (_, _, _, _) => true;
        await client.ConnectAsync(await SocketAsync(listener), name, host.Port(listener), security, Cancel);

        // MailKit binds to the certificate that it was shown: another one here would not fit.
        await client.AuthenticateAsync(new SaslMechanismScramSha256Plus(new NetworkCredential(host.NewMailbox(), TestServer.Password)), Cancel);

        Assert.True(client.IsAuthenticated);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task TLS_1_2_and_1_3_are_spoken(SslProtocols version)
    {
        await using var tls = new SslStream(new NetworkStream(await SocketAsync("imaps"), ownsSocket: true), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version }, Cancel);

        Assert.Equal(version, tls.SslProtocol);
    }

    // The system's own client refuses to speak these versions, so the first message is written by hand.
    [Theory]
    [InlineData("imaps", "", 1, false)]
    [InlineData("imaps", "", 2, false)]
    [InlineData("imaps", "", 3, true)]
    [InlineData("pop3s", "", 1, false)]
    [InlineData("submissions", "", 2, false)]
    [InlineData("imap", "x STARTTLS", 1, false)]
    [InlineData("pop3", "STLS", 2, false)]
    [InlineData("submission", "STARTTLS", 1, false)]
    [InlineData("submission", "STARTTLS", 3, true)]
    public async Task TLS_1_0_and_1_1_are_refused(string listener, string startTls, byte minor, bool isSpoken)
    {
        const byte Alert = 21, Handshake = 22;
        using var socket = await SocketAsync(listener);
        await using var stream = new NetworkStream(socket);
        await BeginTlsAsync(stream, startTls);
        await stream.WriteAsync(ClientHello(minor), Cancel);

        var answer = new byte[1];
        var read = await stream.ReadAsync(answer, Cancel);

        Assert.True(isSpoken ? read == 1 && answer[0] == Handshake : read == 0 || answer[0] == Alert, $"The server answered with {(read == 0 ? "nothing" : answer[0])}.");
    }

    private async Task<string> ShownAsync(string listener, string startTls, string name)
    {
        var stream = new NetworkStream(await SocketAsync(listener), ownsSocket: true);
        await BeginTlsAsync(stream, startTls);
        await using var tls = new SslStream(stream, false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }, Cancel);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private async Task<Socket> SocketAsync(string listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Port(listener), Cancel);
        return socket;
    }

    private static async Task BeginTlsAsync(NetworkStream stream, string startTls)
    {
        if (startTls.Length == 0) return;
        // What is buffered here must not be TLS: each line is asked for and waited for.
        using var reader = new StreamReader(stream, leaveOpen: true);
        await reader.ReadLineAsync(Cancel);
        if (startTls == "STARTTLS")
        {
            await stream.WriteAsync("EHLO client.example\r\n"u8.ToArray(), Cancel);
            while ((await reader.ReadLineAsync(Cancel))!.StartsWith("250-", StringComparison.Ordinal)) { }
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{startTls}\r\n"), Cancel);
        await reader.ReadLineAsync(Cancel);
    }

    /// <summary>A ClientHello (RFC 5246, 7.4.1.2) that asks for no more than this version: with suites of all of them, for a P-256 certificate.</summary>
    private static byte[] ClientHello(byte minor)
    {
        byte[] suites = [0xC0, 0x2B, 0xC0, 0x23, 0xC0, 0x09, 0xC0, 0x0A, 0xC0, 0x13, 0x00, 0x2F];
        // supported_groups secp256r1, ec_point_formats, signature_algorithms ecdsa with SHA-256 and SHA-1.
        byte[] extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 6, 0, 4, 4, 3, 2, 3];
        byte[] body = [3, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0, 0, (byte)extensions.Length, .. extensions];
        byte[] handshake = [1, 0, 0, (byte)body.Length, .. body];
        return [22, 3, 1, 0, (byte)handshake.Length, .. handshake];
    }
}

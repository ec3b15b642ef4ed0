using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// TLS on top of a transport, the same for implicit TLS and after STARTTLS. TLS 1.2 and 1.3 only (RFC 8996, RFC 9325). The protocol's ALPN
/// name is required of clients that send any, so that a browser cannot be led to a mail port (ALPACA); those that send none are let in.
/// </summary>
internal sealed class TlsLayer : IAsyncDisposable
{
    private readonly SslStream _stream;
    private readonly SslStreamCertificateContext _shown;
    private bool _cut;

    private TlsLayer(SslStream stream, SslStreamCertificateContext shown)
    {
        (_stream, _shown) = (stream, shown);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        // One answer, one TLS record: the buffer takes a whole one.
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public MailTls Facts() => new(_stream.SslProtocol, _stream.NegotiatedCipherSuite.ToString(), _shown.TargetCertificate);

    /// <param name="transport">Where nothing is buffered.</param>
    /// <param name="choose">The certificate for the name that the client asks for, which is empty where it asks for none.</param>
    /// <param name="alpn">The protocol's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TlsLayer> AcceptAsync(
        IDuplexPipe transport, Func<string, SslStreamCertificateContext> choose, SslApplicationProtocol? alpn, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new DuplexPipeStream(transport), leaveInnerStreamOpen: false);
        SslStreamCertificateContext? shown = null;
        try
        {
            await stream.AuthenticateAsServerAsync(
                (_, hello, _, _) => new(Options(shown = choose(hello.ServerName ?? ""), alpn)), null, cancellationToken);
            return new TlsLayer(stream, shown!);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static SslServerAuthenticationOptions Options(SslStreamCertificateContext certificate, SslApplicationProtocol? alpn) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        ApplicationProtocols = alpn is { } name ? [name] : null,
        AllowRenegotiation = false,
    };

    /// <summary>
    /// Says close_notify, so that the client can tell an end from a cut; after <see cref="Cut"/> there is nobody to say it to.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        var end = _cut ? new ClientGoneException() : null;
        if (!_cut)
            await SayGoodbyeAsync();
        await Input.CompleteAsync(end);
        // Completing without a reason would send what is left.
        await Output.CompleteAsync(end);
        await _stream.DisposeAsync();
    }

    public void Cut() => _cut = true;

    private async Task SayGoodbyeAsync()
    {
        try
        {
            await _stream.ShutdownAsync();
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            // The client did not wait for our goodbye.
        }
    }
}

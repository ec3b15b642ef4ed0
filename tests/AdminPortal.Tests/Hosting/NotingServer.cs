using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>
/// An SMTP server, or somebody in the middle, that says yes to everything and notes what it is told: without TLS, or with a certificate of its own.
/// </summary>
internal sealed class NotingServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? certificate;
    private readonly Task<List<string>> conversation;

    public NotingServer(X509Certificate2? certificate = null)
    {
        this.certificate = certificate;
        listener.Start();
        conversation = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>What the one client said, once it is gone.</summary>
    public Task<List<string>> HeardAsync() => conversation.WaitAsync(TestContext.Current.CancellationToken);

    public void Dispose() => listener.Dispose();

    private async Task<List<string>> ServeAsync()
    {
        var heard = new List<string>();
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        try
        {
            await ConverseAsync(await SecureAsync(client.GetStream()), heard);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            // It hung up in the middle, which is what it should do.
        }
        return heard;
    }

    private async Task<Stream> SecureAsync(Stream wire)
    {
        if (certificate is null) return wire;
        var tls = new SslStream(wire);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, TestContext.Current.CancellationToken);
        return tls;
    }

    private static async Task ConverseAsync(Stream stream, List<string> heard)
    {
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 noting.example ESMTP");
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            heard.Add(line);
            await writer.WriteLineAsync(
                line.StartsWith("EHLO", StringComparison.Ordinal) ? "250-noting.example\r\n250 AUTH PLAIN LOGIN"
                : line.StartsWith("AUTH", StringComparison.Ordinal) ? "535 5.7.8 no"
                : "250 yes");
        }
    }
}

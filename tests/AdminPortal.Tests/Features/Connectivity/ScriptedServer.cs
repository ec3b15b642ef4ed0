using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AdminPortal.Tests.Features.Connectivity;

/// <summary>A server on loopback that does what a test tells it, politely or not, and remembers what it was told.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    private ScriptedServer(Func<Conversation, Task> script)
    {
        listener.Start();
        serving = ServeAsync(script);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Every line that a client sent, on whichever connection.</summary>
    public List<string> Heard { get; } = [];

    public int Connections { get; private set; }

    public static ScriptedServer Start(Func<Conversation, Task> script) => new(script);

    /// <summary>A port on which nothing listens.</summary>
    public static int ClosedPort()
    {
        using var once = new TcpListener(IPAddress.Loopback, 0);
        once.Start();
        return ((IPEndPoint)once.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync(Func<Conversation, Task> script)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                Connections++;
                await using var conversation = new Conversation(client.GetStream(), Heard, stop.Token);
                try
                {
                    await script(conversation);
                }
                catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client hung up, as a probe does that has seen enough.
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

/// <summary>One connection, from the server's side.</summary>
internal sealed class Conversation(Stream socket, List<string> heard, CancellationToken stop) : IAsyncDisposable
{
    private Stream stream = socket;

    /// <summary>What the client said so far.</summary>
    public IReadOnlyList<string> Heard => heard;

    /// <summary>Sends lines, each ended by CRLF, in one write.</summary>
    public async Task SayAsync(params string[] lines) => await SendAsync(string.Concat(lines.Select(line => line + "\r\n")));

    public async Task SendAsync(string octets) => await stream.WriteAsync(Encoding.UTF8.GetBytes(octets), stop);

    /// <summary>The client's next line, or the empty string when it hung up.</summary>
    public async Task<string> HearAsync()
    {
        var line = new List<byte>();
        var octet = new byte[1];
        while (await stream.ReadAsync(octet, stop) == 1 && octet[0] != '\n')
            line.Add(octet[0]);
        var text = Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
        if (text.Length > 0) heard.Add(text);
        return text;
    }

    /// <summary>Hears an IMAP command and answers it, <c>{tag}</c> standing for its tag.</summary>
    public async Task<string> AnswerImapAsync(params string[] lines)
    {
        var command = await HearAsync();
        var tag = command.Split(' ')[0];
        await SayAsync([.. lines.Select(line => line.Replace("{tag}", tag, StringComparison.Ordinal))]);
        return command;
    }

    /// <summary>Hears a line and answers it.</summary>
    public async Task<string> AnswerAsync(params string[] lines)
    {
        var command = await HearAsync();
        await SayAsync(lines);
        return command;
    }

    public async Task StartTlsAsync(X509Certificate2 certificate)
    {
        var tls = new SslStream(stream);
        // Offline: this side would otherwise fetch missing issuers itself.
        var context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, stop);
        stream = tls;
    }

    /// <summary>Says nothing until the client has gone.</summary>
    public async Task StaySilentAsync()
    {
        while ((await HearAsync()).Length > 0)
        {
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}

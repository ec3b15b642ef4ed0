using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AdminPortal.Tests.Features.MailHosting.Relay;

/// <summary>
/// An SMTP server that does as it is told and remembers everything: who said what, and every message as its octets. What it says is changed by
/// tests while it runs.
/// </summary>
internal sealed class ScriptedSmarthost : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Task accepting;

    public ScriptedSmarthost()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public X509Certificate2? Certificate { get; set; }

    public bool StartsWithTls { get; set; } = true;

    public static readonly string[] UsualExtensions = ["PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "DSN", "AUTH PLAIN LOGIN"];

    public string[] Extensions { get; set; } = UsualExtensions;

    /// <summary>An answer to a line; null: the usual one. The dot that ends a message asks as ".".</summary>
    public Func<string, string?> Answers { get; set; } = _ => null;

    /// <summary>Takes a message and hangs up without a word.</summary>
    public bool HangsUpAfterTheDot { get; set; }

    public ConcurrentQueue<string> Heard { get; } = [];

    public ConcurrentQueue<byte[]> Messages { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Dispose();
        await accepting;
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var conversations = new List<Task>();
        try
        {
            while (true) conversations.Add(ServeAsync(await listener.AcceptTcpClientAsync(closing.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
            try
            {
                await ConverseAsync(StartsWithTls && Certificate is not null ? await SecureAsync(client.GetStream()) : client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // It hung up, or we did.
            }
    }

    private async Task<Stream> SecureAsync(Stream wire)
    {
        var tls = new SslStream(wire);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, closing.Token);
        return tls;
    }

    private async Task ConverseAsync(Stream stream)
    {
        await SayAsync(stream, Answers("greeting") ?? "220 smarthost.example ESMTP");
        while (await ReadLineAsync(stream) is { } octets)
        {
            var line = Encoding.UTF8.GetString(octets);
            Heard.Enqueue(line);
            await SayAsync(stream, Answers(line) ?? Usual(line));
            switch (line)
            {
                case "STARTTLS" when Answers(line) is null:
                    stream = await SecureAsync(stream);
                    break;
                case "DATA" when Answers(line) is null:
                    Messages.Enqueue(await ReadMessageAsync(stream));
                    if (HangsUpAfterTheDot) return;
                    await SayAsync(stream, Answers(".") ?? "250 2.0.0 Taken");
                    break;
                case "QUIT":
                    return;
            }
        }
    }

    private string Usual(string line) => line.Split(' ', ':')[0] switch
    {
        "EHLO" => string.Join("\r\n", Extensions.Prepend("smarthost.example").Select((word, i) => i < Extensions.Length ? $"250-{word}" : $"250 {word}")),
        "AUTH" => "235 2.7.0 Welcome",
        "STARTTLS" => "220 2.0.0 Begin",
        "DATA" => "354 Go on",
        "QUIT" => "221 2.0.0 Bye",
        _ => "250 2.1.0 Fine",
    };

    private async Task<byte[]> ReadMessageAsync(Stream stream)
    {
        var message = new List<byte>();
        while (await ReadLineAsync(stream) is { } line)
        {
            if (line is [(byte)'.']) break;
            message.AddRange(line is [(byte)'.', .. var rest] ? rest : line);
            message.AddRange("\r\n"u8);
        }
        return [.. message];
    }

    private async Task<byte[]?> ReadLineAsync(Stream stream)
    {
        var (line, one) = (new List<byte>(), new byte[1]);
        while (await stream.ReadAsync(one, closing.Token) == 1)
        {
            if (one[0] == '\n' && line.Count > 0 && line[^1] == '\r') return [.. line[..^1]];
            line.Add(one[0]);
        }
        return null;
    }

    private async Task SayAsync(Stream stream, string answer)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\r\n"), closing.Token);
        await stream.FlushAsync(closing.Token);
    }
}

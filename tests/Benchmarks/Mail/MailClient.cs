using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>
/// A mail program reduced to its octets, the same for every server: TLS from the first byte, one write for each request, and of an answer only
/// its end is looked at. A full handshake each time: nothing is remembered from one connection to the next.
/// </summary>
internal sealed class MailClient : IAsyncDisposable
{
    private const int Tail = 512;
    private readonly Stream stream;
    private readonly byte[] buffer = new byte[128 * 1024];
    private int length;

    private MailClient(Stream stream) => this.stream = stream;

    /// <summary>Octets of the last answer.</summary>
    public long Received { get; private set; }

    /// <summary>Connects and waits for the greeting.</summary>
    public static async Task<MailClient> ConnectAsync(MailDoor door, CancellationToken cancellationToken, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null) socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(IPAddress.Loopback, door.Port, cancellationToken);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    AllowTlsResume = false,
                    // Both servers show the one certificate that was made for this run.
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == door.Certificate,
                },
                cancellationToken);
            var client = new MailClient(tls);
            await client.ReadAsync(End.Line, cancellationToken);
            return client;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for the answer's end.</summary>
    /// <exception cref="InvalidOperationException">The answer is a refusal, or the server hung up: a fast error is no result.</exception>
    public async Task AskAsync(ReadOnlyMemory<byte> request, End end, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(request, cancellationToken);
        await ReadAsync(end, cancellationToken);
    }

    public Task AskAsync(string request, End end, CancellationToken cancellationToken) => AskAsync(Encoding.ASCII.GetBytes(request), end, cancellationToken);

    public async Task ReadAsync(End end, CancellationToken cancellationToken)
    {
        (length, Received) = (0, 0);
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) throw new InvalidOperationException($"The server hung up after: {Text()}");
            Received += read;
            length += read;
            if (end.IsReached(buffer.AsSpan(0, length))) return;
            if (end.IsRefused(buffer.AsSpan(0, length))) throw new InvalidOperationException($"Refused: {Text()}");
            // Only the end matters: the rest makes room.
            if (length < buffer.Length / 2) continue;
            buffer.AsSpan(length - Tail, Tail).CopyTo(buffer);
            length = Tail;
        }
    }

    public string Text() => Encoding.UTF8.GetString(buffer.AsSpan(Math.Max(0, length - Tail)..length));

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}

/// <param name="Port">On loopback, TLS from the first byte.</param>
/// <param name="Certificate">The thumbprint of the certificate that is shown there.</param>
internal sealed record MailDoor(int Port, string Certificate);

/// <summary>How an answer ends, told by its last line.</summary>
internal sealed class End
{
    /// <summary>A POP3 line, or any greeting.</summary>
    public static readonly End Line = new(line => !line.StartsWith("-ERR"u8), line => line.StartsWith("-ERR"u8));

    /// <summary>A POP3 answer of many lines.</summary>
    public static readonly End Block = new(line => line.SequenceEqual(".\r\n"u8), line => line.StartsWith("-ERR"u8));

    /// <summary>The tagged line of an IMAP command whose tag is <c>a</c>.</summary>
    public static readonly End Tagged = new(line => line.StartsWith("a OK"u8), line => line.StartsWith("a NO"u8) || line.StartsWith("a BAD"u8));

    /// <summary>IMAP: go on.</summary>
    public static readonly End Continuation = new(line => line.StartsWith("+ "u8), line => line.StartsWith("a "u8));

    /// <summary>IMAP: something happened.</summary>
    public static readonly End Untagged = new(line => line.StartsWith("* "u8), line => line.StartsWith("a "u8));

    /// <summary>An SMTP reply that goes on or has succeeded.</summary>
    public static readonly End Reply = new(line => line is [(byte)'2' or (byte)'3', _, _, (byte)' ', ..], line => line is [(byte)'4' or (byte)'5', _, _, (byte)' ', ..]);

    private readonly Test reached, refused;

    private End(Test reached, Test refused) => (this.reached, this.refused) = (reached, refused);

    private delegate bool Test(ReadOnlySpan<byte> line);

    public bool IsReached(ReadOnlySpan<byte> said) => said.EndsWith("\r\n"u8) && reached(LastLine(said));

    public bool IsRefused(ReadOnlySpan<byte> said) => said.EndsWith("\r\n"u8) && refused(LastLine(said));

    private static ReadOnlySpan<byte> LastLine(ReadOnlySpan<byte> said) => said[(said[..^2].LastIndexOf((byte)'\n') + 1)..];
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace AdminPortal.MailServer.Wire;

/// <summary>A connection to the server that keeps a mailbox: lines while we sign in, then octets.</summary>
internal sealed class PodConnection : IAsyncDisposable
{
    private const int LongestLine = 16 * 1024;
    private readonly Socket _socket;
    private Stream _stream;
    private WireReader _lines;

    private PodConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        (Input, Output, _lines) = Pipes();
    }

    public PipeReader Input { get; private set; }

    public PipeWriter Output { get; private set; }

    /// <summary>The first of the addresses that answers.</summary>
    public static async Task<PodConnection> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, cancellationToken);
                return new PodConnection(socket);
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                last = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostUnreachable);
    }

    /// <summary>What lies in the buffer was said in the clear by whoever sits in between: then this is no connection to go on with.</summary>
    public async Task StartTlsAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        if (_lines.HasBuffered())
            throw new PodUnintelligibleException("Octets before TLS");
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
        (Input, Output, _lines) = Pipes();
    }

    public async Task SendAsync(string line, CancellationToken cancellationToken)
    {
        await Output.WriteAsync(Encoding.UTF8.GetBytes($"{line}\r\n"), cancellationToken);
    }

    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _lines.ReadLineAsync(LongestLine, cancellationToken);
        return line.End switch
        {
            LineEnd.CrLf or LineEnd.BareLf => Encoding.UTF8.GetString(line.Bytes.Span),
            LineEnd.EndOfInput => throw new IOException("The mail server hung up."),
            _ => throw new PodUnintelligibleException("A line without end"),
        };
    }

    public async Task<string> AskAsync(string line, CancellationToken cancellationToken)
    {
        await SendAsync(line, cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>We have nothing more to say, and still listen.</summary>
    public async Task HalfCloseAsync()
    {
        if (_stream is SslStream tls)
            await tls.ShutdownAsync();
        _socket.Shutdown(SocketShutdown.Send);
    }

    public async ValueTask DisposeAsync()
    {
        // Completing without a reason would send what is left, to a server that may no longer read.
        await Output.CompleteAsync(new IOException("The connection is over."));
        await Input.CompleteAsync();
        await _stream.DisposeAsync();
    }

    private (PipeReader, PipeWriter, WireReader) Pipes()
    {
        var input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        return (input, PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true)), new WireReader(input));
    }
}

/// <summary>The other server says what nobody expects there.</summary>
internal sealed class PodUnintelligibleException(string message) : Exception(message);

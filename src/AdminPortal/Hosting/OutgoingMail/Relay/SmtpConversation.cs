using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace AdminPortal.Hosting.OutgoingMail.Relay;

/// <summary>An answer of the other server: its code, and its words on one line, cleaned and cut.</summary>
internal sealed record SmtpAnswer(int Code, string Text)
{
    public bool IsGood => Code is >= 200 and < 400;

    public bool IsFinal => Code >= 500;

    public override string ToString() => Text.Length == 0 ? $"{Code}" : $"{Code} {Text}";
}

/// <summary>The other server did not keep to SMTP, or hung up.</summary>
internal sealed class SmtpBrokenException(string message) : IOException(message);

/// <summary>
/// One connection to another SMTP server (RFC 5321): lines out, answers in. What it says is a stranger's: a line has an end, an answer has few
/// lines, and nothing of them is kept but a cleaned beginning.
/// </summary>
/// <remarks>
/// MailKit's client is not used here, because a relay has to pass on what MailKit rewrites or has no word for: a message octet by octet, the
/// answer about each recipient, and ORCPT (RFC 3461, 5.2.1).
/// </remarks>
internal sealed class SmtpConversation : IAsyncDisposable
{
    private const int LongestLine = 2_048;
    private const int MostLines = 100;
    private const int KeptText = 400;
    private readonly TcpClient tcp;
    private Stream stream;
    private PipeReader input;

    private SmtpConversation(TcpClient tcp)
    {
        this.tcp = tcp;
        stream = tcp.GetStream();
        input = PipeReader.Create(stream, new(leaveOpen: true));
    }

    public bool IsSecure => stream is SslStream;

    public static async Task<SmtpConversation> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var tcp = new TcpClient { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(host, port, cancellationToken);
            return new(tcp);
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    /// <summary>Puts TLS on top. Octets that came before the handshake are nobody's, and end the conversation (RFC 3207, 4.2).</summary>
    public async Task SecureAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        if (input.TryRead(out var early) && !early.Buffer.IsEmpty) throw new SmtpBrokenException("The server spoke before the handshake.");
        await input.CompleteAsync();
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        stream = tls;
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
        input = PipeReader.Create(tls, new(leaveOpen: true));
    }

    public async Task<SmtpAnswer> AskAsync(string command, CancellationToken cancellationToken)
    {
        await SayAsync(command, cancellationToken);
        return await HearAsync(cancellationToken);
    }

    public async Task SayAsync(string command, CancellationToken cancellationToken)
    {
        if (command.AsSpan().ContainsAny('\r', '\n', '\0')) throw new ArgumentException("A command is one line.", nameof(command));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public Task<SmtpAnswer> HearAsync(CancellationToken cancellationToken) => HearAsync(null, cancellationToken);

    /// <param name="lines">Takes the text of each line; null: nobody wants them.</param>
    /// <param name="cancellationToken">Gives up; the conversation is over then.</param>
    public async Task<SmtpAnswer> HearAsync(List<string>? lines, CancellationToken cancellationToken)
    {
        var words = new StringBuilder();
        for (var count = 0; count < MostLines; count++)
        {
            var line = await ReadLineAsync(cancellationToken);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 200 or > 599)
                throw new SmtpBrokenException("The answer is none of SMTP's.");
            var text = line.Length > 4 ? line[4..] : "";
            lines?.Add(text);
            if (words.Length < KeptText) words.Append(words.Length > 0 && text.Length > 0 ? " " : "").Append(text);
            if (line.Length == 3 || line[3] != '-') return new(code, Clean(words.ToString()));
        }
        throw new SmtpBrokenException("The answer has too many lines.");
    }

    /// <summary>Sends a message with its dots doubled, and the line that ends it (RFC 5321, 4.5.2). It has CRLF line ends.</summary>
    public async Task SendContentAsync(Stream content, CancellationToken cancellationToken)
    {
        var (buffer, stuffed) = (new byte[32 * 1024], new ArrayBufferWriter<byte>(40 * 1024));
        var (atLineStart, endsLine) = (true, true);
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            stuffed.ResetWrittenCount();
            for (var rest = buffer.AsMemory(0, read); !rest.IsEmpty;)
            {
                if (atLineStart && rest.Span[0] == (byte)'.') stuffed.Write("."u8);
                var lineEnd = rest.Span.IndexOf((byte)'\n');
                var line = lineEnd < 0 ? rest : rest[..(lineEnd + 1)];
                stuffed.Write(line.Span);
                atLineStart = endsLine = lineEnd >= 0;
                rest = rest[line.Length..];
            }
            await stream.WriteAsync(stuffed.WrittenMemory, cancellationToken);
        }
        await stream.WriteAsync(endsLine ? ".\r\n"u8.ToArray() : "\r\n.\r\n"u8.ToArray(), cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await input.CompleteAsync();
        await stream.DisposeAsync();
        tcp.Dispose();
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                input.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line.Length <= LongestLine ? line : throw new SmtpBrokenException("The line is too long.");
            }
            if (read.IsCompleted) throw new SmtpBrokenException("The server hung up.");
            if (read.Buffer.Length > LongestLine) throw new SmtpBrokenException("The line is too long.");
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static string Clean(string text)
    {
        var clean = string.Concat(text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)));
        return clean.Length > KeptText ? clean[..KeptText] : clean;
    }
}

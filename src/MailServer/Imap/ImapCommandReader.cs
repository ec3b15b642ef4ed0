using System.Buffers;
using System.Globalization;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// Reads one command with its literals (RFC 9051, 4.3; RFC 7888). A literal that would not fit is refused before its <c>+</c>: a client
/// that waits for permission gets NO and goes on, one that does not wait has lost its place in the stream and is shown out. The message
/// of APPEND is left on the wire for the command to stream.
/// </summary>
internal sealed class ImapCommandReader(ImapConnection imap)
{
    /// <summary>RFC 7888, 5: with LITERAL- a client may send up to this many octets without waiting.</summary>
    public const int LongestNonSynchronizing = 4_096;

    private readonly MailConnection _connection = imap.Connection;

    /// <summary>Null when nothing more is to be carried out: <see cref="ImapConnection.Finished"/>, or the client hung up.</summary>
    public async Task<ImapCommandLine?> ReadAsync()
    {
        var text = new ArrayBufferWriter<byte>(256);
        while (true)
        {
            if (await ReadLineAsync(text) is not { } line)
                return null;
            text.Write(line.Span);
            if (!TryParseAnnouncement(line.Span, out var literal))
                return Begin(text.WrittenMemory, null);
            if (IsMessage(text.WrittenMemory))
                return Begin(text.WrittenMemory, literal);
            if (!await TakeLiteralAsync(text, literal))
                return imap.Finished ? null : await ReadAsync();
        }
    }

    /// <summary>The line's announcement of a literal at its end, <c>{n}</c> or <c>{n+}</c>.</summary>
    public static bool TryParseAnnouncement(ReadOnlySpan<byte> line, out PendingLiteral literal)
    {
        literal = new PendingLiteral(0, true);
        if (line is not [.., (byte)'}'] || line.LastIndexOf((byte)'{') is var open && open < 0)
            return false;
        var digits = line[(open + 1)..^1];
        var synchronizing = digits is not [.., (byte)'+'];
        if (!synchronizing)
            digits = digits[..^1];
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        // A number too long to parse is as good as infinite.
        var size = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : long.MaxValue;
        literal = new PendingLiteral(size, synchronizing);
        return true;
    }

    private async Task<ReadOnlyMemory<byte>?> ReadLineAsync(ArrayBufferWriter<byte> text)
    {
        var line = await _connection.ReadCommandAsync(_connection.Limits.ImapCommandSize - text.WrittenCount);
        _connection.Touch();
        switch (line.End)
        {
            case LineEnd.CrLf when !line.Bytes.Span.Contains((byte)0):
                return line.Bytes;
            case LineEnd.EndOfInput:
                return null;
            case LineEnd.TooLong:
                await imap.ShowOutAsync("BYE [TOOBIG] The command is too long");
                return null;
            default:
                await imap.ShowOutAsync("BYE Lines end with CR LF and hold no NUL");
                return null;
        }
    }

    private ImapCommandLine? Begin(ReadOnlyMemory<byte> text, PendingLiteral? message)
    {
        if (_connection.Session is null && HttpRequest.IsFirstLine(text.Span))
        {
            imap.Finished = true;
            return null;
        }

        var parser = new ImapParser(text);
        var tag = "*";
        try
        {
            tag = parser.Tag();
            parser.Space();
            return new ImapCommandLine(tag, parser.Keyword(), parser, message);
        }
        catch (ImapSyntaxException)
        {
            // The loop answers BAD, with the tag if there was one.
            return new ImapCommandLine(tag, "", parser, message);
        }
    }

    private async Task<bool> TakeLiteralAsync(ArrayBufferWriter<byte> text, PendingLiteral literal)
    {
        if (!Fits(literal, text.WrittenCount))
            return await RefuseAsync(text.WrittenMemory, literal);
        if (literal.Synchronizing)
        {
            imap.Output.WriteLine("+ Go on");
            await imap.Output.FlushAsync(imap.Stopping);
        }

        if (await _connection.Input.ReadExactlyAsync((int)literal.Size, imap.Stopping) is not { } octets)
        {
            imap.Finished = true;
            return false;
        }

        if (octets.AsSpan().Contains((byte)0))
        {
            await imap.ShowOutAsync("BYE Literals hold no NUL");
            return false;
        }

        text.Write("\r\n"u8);
        text.Write(octets);
        return true;
    }

    private bool Fits(PendingLiteral literal, int before)
    {
        var limits = _connection.Limits;
        if (_connection.Session is null && literal.Size > limits.ImapLiteralSizeBeforeSignIn)
            _connection.LimitReached(nameof(limits.ImapLiteralSizeBeforeSignIn));
        else if (literal.Size > limits.ImapCommandSize - before)
            _connection.LimitReached(nameof(limits.ImapCommandSize));
        else
            return literal.Synchronizing || literal.Size <= LongestNonSynchronizing;
        return false;
    }

    private async Task<bool> RefuseAsync(ReadOnlyMemory<byte> text, PendingLiteral literal)
    {
        if (!literal.Synchronizing)
        {
            await imap.ShowOutAsync("BYE [TOOBIG] The literal is too long");
            return false;
        }

        imap.Answer(Begin(text, null)?.Tag ?? "*", ImapReply.Bad("The literal is too long", "TOOBIG"));
        return false;
    }

    /// <summary>Is the literal at the end of this APPEND its message, or a folder name written as a literal?</summary>
    private bool IsMessage(ReadOnlyMemory<byte> text)
    {
        if (_connection.Session is null)
            return false;
        try
        {
            var parser = new ImapParser(text);
            parser.Tag();
            parser.Space();
            if (parser.Keyword() != "APPEND")
                return false;
            Append.ParseBeforeMessage(imap, parser);
            return parser.PeekIs('{');
        }
        catch (ImapSyntaxException)
        {
            return false;
        }
    }
}

using System.Buffers;
using System.Text;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>Sends a message as a dot-stuffed block, a buffer at a time, for RETR and TOP.</summary>
internal static class MessageText
{
    /// <returns>Whether it was there to be sent.</returns>
    public static async Task<bool> SendAsync(Pop3Connection pop3, MaildropMessage message, int? bodyLines)
    {
        var scope = bodyLines == 0 ? ContentScope.Header : ContentScope.Whole;
        await foreach (var content in pop3.Maildrop!.Maildrop.ReadAsync([message.Uid], scope, pop3.Stopping))
        {
            var begin = await ReadBeginAsync(pop3, content.Content);
            if (bodyLines is null)
                pop3.Ok("{0} octets", content.Length + begin.Growth);
            else
                pop3.Ok("Top of message follows");
            pop3.Output.BeginBlock();
            await CopyAsync(pop3, begin.Octets, content.Content, bodyLines is { } lines ? new TopLines(lines) : null);
            pop3.Output.EndBlock();
            return true;
        }

        // An IMAP session may expunge while the maildrop is open.
        pop3.Error("The message was removed by another program");
        return false;
    }

    /// <summary>
    /// What of a message has to be known before its first octet is sent. For a client that reads ASCII alone that is the whole header, which is
    /// rewritten where it holds UTF-8; else nothing.
    /// </summary>
    private static async Task<Begin> ReadBeginAsync(Pop3Connection pop3, Stream content)
    {
        if (pop3.IsUtf8)
            return default;
        var begin = new ArrayBufferWriter<byte>(16 * 1024);
        var headerEnd = -1;
        for (int read; headerEnd < 0 && begin.WrittenCount < AsciiHeader.Longest
            && (read = await content.ReadAsync(begin.GetMemory(16 * 1024), pop3.Stopping)) > 0;)
        {
            var from = Math.Max(0, begin.WrittenCount - 3);
            begin.Advance(read);
            headerEnd = begin.WrittenSpan[from..].IndexOf("\r\n\r\n"u8) is >= 0 and var at ? from + at + 4 : begin.WrittenSpan.StartsWith("\r\n"u8) ? 2 : -1;
        }

        var header = begin.WrittenMemory[..(headerEnd < 0 ? begin.WrittenCount : headerEnd)];
        if (Ascii.IsValid(header.Span))
            return new(begin.WrittenMemory, 0);
        var ascii = AsciiHeader.Of(header);
        return new((byte[])[.. ascii, .. begin.WrittenSpan[header.Length..]], ascii.Length - header.Length);
    }

    private static async Task CopyAsync(Pop3Connection pop3, ReadOnlyMemory<byte> begin, Stream content, TopLines? top)
    {
        var text = new DotStuffing(pop3.Output);
        text.Write(top is null ? begin.Span : top.Take(begin.Span));
        await pop3.Output.FlushIfLongAsync(pop3.Stopping);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (top is not { Done: true } && await content.ReadAsync(buffer, pop3.Stopping) is > 0 and var read)
            {
                text.Write(top is null ? buffer.AsSpan(0, read) : top.Take(buffer.AsSpan(0, read)));
                await pop3.Output.FlushIfLongAsync(pop3.Stopping);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        text.End();
    }

    /// <param name="Octets">To be sent first.</param>
    /// <param name="Growth">By how many octets they are longer than those they stand for.</param>
    private readonly record struct Begin(ReadOnlyMemory<byte> Octets, int Growth);
}

/// <summary>Counts off a message's header and the first lines of its body.</summary>
internal sealed class TopLines(int bodyLines)
{
    private bool _inBody;
    private bool _lineIsEmpty = true;
    private int _left = bodyLines;

    public bool Done => _inBody && _left == 0;

    /// <summary>The part of the next octets that still belongs to the top.</summary>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes)
    {
        for (var index = 0; index < bytes.Length; index++)
        {
            if (bytes[index] != (byte)'\n')
                _lineIsEmpty &= bytes[index] == (byte)'\r';
            else if (EndLine())
                return bytes[..(index + 1)];
        }

        return bytes;
    }

    private bool EndLine()
    {
        if (_inBody)
            _left--;
        _inBody |= _lineIsEmpty;
        _lineIsEmpty = true;
        return Done;
    }
}

using System.Buffers;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>Sends a message as a dot-stuffed block, a buffer at a time, for RETR and TOP.</summary>
internal static class MessageText
{
    public static async Task SendAsync(Pop3Connection pop3, MaildropMessage message, int? bodyLines)
    {
        var scope = bodyLines == 0 ? ContentScope.Header : ContentScope.Whole;
        await foreach (var content in pop3.Maildrop!.Maildrop.ReadAsync([message.Uid], scope, pop3.Stopping))
        {
            pop3.Ok(bodyLines is null ? $"{content.Length} octets" : "Top of message follows");
            pop3.Output.BeginBlock();
            await CopyAsync(pop3, content.Content, bodyLines is { } lines ? new TopLines(lines) : null);
            pop3.Output.EndBlock();
            return;
        }

        // An IMAP session may expunge while the maildrop is open.
        pop3.Error("The message was removed by another program");
    }

    private static async Task CopyAsync(Pop3Connection pop3, Stream content, TopLines? top)
    {
        var text = new DotStuffing(pop3.Output);
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

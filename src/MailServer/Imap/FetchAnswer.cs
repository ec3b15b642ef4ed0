using System.Buffers;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>One <c>* n FETCH (…)</c> being written; until its end nothing else may be said.</summary>
internal sealed class FetchAnswer
{
    private readonly ImapConnection _imap;
    private readonly Numbered _message;
    private bool _first = true;

    public FetchAnswer(ImapConnection imap, Numbered message)
    {
        (_imap, _message) = (imap, message);
        Output.BeginBlock();
        Output.Write("* "u8).Write(message.Number).Write(" FETCH ("u8);
    }

    private WireWriter Output => _imap.Output;

    public void End()
    {
        Output.WriteLine(")");
        Output.EndBlock();
    }

    /// <param name="parts">Null when no item needs the message's content.</param>
    public void Write(FetchItem item, MessageParts? parts = null)
    {
        Begin(item);
        switch (item.Kind)
        {
            case FetchKind.Flags:
                Output.WriteFlags(_message.Message, _imap.Selected!.IsRecent(_message.Message));
                break;
            case FetchKind.InternalDate:
                Output.Write("\""u8).Write(ImapText.DateTime(_message.Message.InternalDate)).Write("\""u8);
                break;
            case FetchKind.Size:
                Output.Write(_message.Message.Size);
                break;
            case FetchKind.Uid:
                Output.Write(_message.Message.Uid);
                break;
            case FetchKind.ModSeq:
                Output.Write("("u8).Write(_message.Message.ModSeq).Write(")"u8);
                break;
            case FetchKind.SaveDate:
                SaveDate.Write(Output, _message.Message);
                break;
            case FetchKind.EmailId:
                Output.Write("("u8).Write(_imap.Selected!.ContentId(_message.Message.Uid)).Write(")"u8);
                break;
            case FetchKind.ThreadId:
                Output.Write("NIL"u8);
                break;
            case FetchKind.Preview:
                Output.WriteString(Preview.Of(parts!));
                break;
            case FetchKind.LazyPreview:
                Output.Write("NIL"u8);
                break;
            case FetchKind.Envelope:
                Envelope.Write(Output, parts!.Header);
                break;
            case FetchKind.Body or FetchKind.BodyStructure:
                BodyStructure.Write(Output, parts!, extended: item.Kind == FetchKind.BodyStructure);
                break;
            case FetchKind.Section:
                WriteSection(item, parts!.Find(item.Section!), mark: "");
                break;
            case FetchKind.Binary:
                WriteBinary(item, parts!);
                break;
            case FetchKind.BinarySize:
                parts!.TryDecode(item.Section!, out var decoded);
                Output.Write(decoded?.Length ?? 0);
                break;
        }
    }

    /// <summary>All items, of which one is the whole message, or a piece of it: copied a buffer at a time.</summary>
    public async Task StreamAsync(IReadOnlyList<FetchItem> items, MessageContent content)
    {
        foreach (var item in items)
        {
            if (item.Kind != FetchKind.Section)
            {
                Write(item);
                continue;
            }

            Begin(item);
            var from = Math.Min(item.From ?? 0, content.Length);
            var count = Math.Min(item.Count, content.Length - from);
            Output.Write("{"u8).Write(count).Write("}\r\n"u8);
            await CopyAsync(content.Content, from, count);
        }

        End();
    }

    private void Begin(FetchItem item)
    {
        Output.Write(_first ? "" : " ").Write(item.Label).Write(" "u8);
        _first = false;
    }

    /// <summary>RFC 3516, 4.3: only a literal8 holds NUL.</summary>
    private void WriteBinary(FetchItem item, MessageParts parts)
    {
        parts.TryDecode(item.Section!, out var decoded);
        WriteSection(item, decoded, mark: decoded is { } octets && octets.Span.Contains((byte)0) ? "~" : "");
    }

    private void WriteSection(FetchItem item, ReadOnlyMemory<byte>? octets, string mark)
    {
        if (octets is not { } section)
        {
            Output.Write("NIL"u8);
            return;
        }

        var from = (int)Math.Min(item.From ?? 0, section.Length);
        var piece = section.Slice(from, (int)Math.Min(item.Count, section.Length - from));
        Output.Write(mark).Write("{"u8).Write(piece.Length).Write("}\r\n"u8).Write(piece.Span);
    }

    private async Task CopyAsync(Stream content, long skip, long count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (count > 0)
            {
                var read = await content.ReadAsync(buffer, _imap.Stopping);
                if (read == 0)
                    throw new EndOfStreamException("The store's message is shorter than it said.");
                var from = (int)Math.Min(skip, read);
                var piece = (int)Math.Min(read - from, count);
                Output.Write(buffer.AsSpan(from, piece));
                (skip, count) = (skip - from, count - piece);
                await Output.FlushIfLongAsync(_imap.Stopping);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// Lets UTF-8 text pass and stops at the first byte that is not text, naming its line and character. It also remembers the last bytes that
/// passed, so that a row too long for the CSV reader can still be looked into.
/// </summary>
internal sealed class CheckedTextStream(Stream inner, bool fromUtf16, int remembered) : ForwardStream
{
    /// <summary>What the UTF-16 decoder is to write for half a character: a code point that no text contains (Unicode, 23.7).</summary>
    public const string Damage = "\uFFFF";

    private static ReadOnlySpan<byte> DamageUtf8 => "\uFFFF"u8;

    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private readonly byte[] recent = new byte[2 * remembered];
    private int recentCount;
    private long passed;

    // Where the next byte stands: lines ended before it, and characters before it in its line.
    private int lines;
    private int characters;
    private bool afterCr;

    // The first bytes of a character whose rest comes with the next block.
    private readonly byte[] begun = new byte[4];
    private int begunCount;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        if (count == 0 && begunCount > 0)
            throw NotText(begun[0]);
        Pass(buffer.Span[..count]);
        return count;
    }

    /// <summary>What passed from this offset on, or nothing when that is too long ago.</summary>
    public ReadOnlySpan<byte> Since(long offset)
    {
        var back = passed - offset;
        return back >= 0 && back <= recentCount ? recent.AsSpan(recentCount - (int)back, (int)back) : [];
    }

    private void Pass(ReadOnlySpan<byte> block)
    {
        Remember(block);
        var whole = block[FinishBegunCharacter(block)..];
        if (begunCount > 0)
            return;

        var last = Rune.DecodeLastFromUtf8(whole, out _, out var tail);
        var complete = last == OperationStatus.NeedMoreData ? whole[..^tail] : whole;
        if (!Utf8.IsValid(complete) || complete.Contains((byte)0) || (fromUtf16 && complete.IndexOf(DamageUtf8) >= 0))
            FailInside(complete);
        Advance(complete);
        whole[complete.Length..].CopyTo(begun);
        begunCount = whole.Length - complete.Length;
    }

    /// <summary>Completes the character that the block before began; answers how many bytes of this block it took.</summary>
    private int FinishBegunCharacter(ReadOnlySpan<byte> block)
    {
        if (begunCount == 0)
            return 0;

        var had = begunCount;
        var added = Math.Min(block.Length, begun.Length - had);
        block[..added].CopyTo(begun.AsSpan(had));
        var status = Rune.DecodeFromUtf8(begun.AsSpan(0, had + added), out _, out var length);
        if (status == OperationStatus.InvalidData)
            throw NotText(begun[0]);
        if (status == OperationStatus.NeedMoreData)
        {
            begunCount = had + added;
            return added;
        }
        begunCount = 0;
        characters++;
        afterCr = false;
        return length - had;
    }

    private void Advance(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;

        // CR, LF and CR LF end a line, each once: as the CSV reader counts.
        lines += text.Count(Lf) + text.Count(Cr) - text.Count("\r\n"u8) - (afterCr && text[0] == Lf ? 1 : 0);
        afterCr = text[^1] == Cr;
        var lineStart = text.LastIndexOfAny(Cr, Lf) + 1;
        characters = (lineStart > 0 ? 0 : characters) + CountCharacters(text[lineStart..]);
    }

    private static int CountCharacters(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var b in text)
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    private void FailInside(ReadOnlySpan<byte> text)
    {
        var good = 0;
        while (Rune.DecodeFromUtf8(text[good..], out var rune, out var length) == OperationStatus.Done && IsText(rune))
            good += length;
        Advance(text[..good]);
        throw NotText(text[good]);
    }

    private bool IsText(Rune rune) => rune.Value != 0 && !(fromUtf16 && rune.Value == Damage[0]);

    private UnreadableFileException NotText(byte culprit)
    {
        var kind = culprit == 0 ? ImportProblemKind.Binary : fromUtf16 ? ImportProblemKind.DamagedUtf16 : ImportProblemKind.NotUtf8;
        return new UnreadableFileException(new ImportProblem(kind, lines + 1) { Position = characters + 1, Value = $"0x{culprit:X2}" });
    }

    private void Remember(ReadOnlySpan<byte> block)
    {
        passed += block.Length;
        if (block.Length >= recent.Length)
            block = block[^recent.Length..];
        var overflow = Math.Max(0, recentCount + block.Length - recent.Length);
        if (overflow > 0)
        {
            // Drop half at least, so that the move is rare.
            overflow = Math.Min(recentCount, Math.Max(overflow, recent.Length / 2));
            recent.AsSpan(overflow, recentCount - overflow).CopyTo(recent);
            recentCount -= overflow;
        }
        block.CopyTo(recent.AsSpan(recentCount));
        recentCount += block.Length;
    }
}

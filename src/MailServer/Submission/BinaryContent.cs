using System.Buffers;
using MimeKit;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// What came as BINARYMIME is stored as text with CRLF line ends, because that is what POP3 and IMAP hand out (RFC 3030, 3: a server that
/// cannot pass binary on converts it).
/// </summary>
internal static class BinaryContent
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    /// <summary>Whether there is neither NUL nor a CR or LF that stands alone. Leaves the stream at its beginning.</summary>
    public static async Task<bool> IsTextAsync(Stream content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var afterCr = false;
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
                if (!IsText(buffer.AsSpan(0, read), ref afterCr))
                    return false;
            return !afterCr;
        }
        finally
        {
            content.Position = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The same message with its binary parts in base64. Null where even the header is no text.</summary>
    public static async Task<Stream?> ToTextAsync(Stream content, CancellationToken cancellationToken)
    {
        using var message = await MimeMessage.LoadAsync(content, cancellationToken);
        message.Prepare(EncodingConstraint.EightBit);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        var text = new MemoryStream();
        await message.WriteToAsync(format, text, cancellationToken);
        text.Position = 0;
        return await IsTextAsync(text, cancellationToken) ? text : null;
    }

    private static bool IsText(ReadOnlySpan<byte> octets, ref bool afterCr)
    {
        while (!octets.IsEmpty)
        {
            if (afterCr && octets[0] != (byte)'\n')
                return false;
            var at = afterCr ? 0 : octets.IndexOfAny(Special);
            if (at < 0)
                return true;
            if (octets[at] == 0 || (octets[at] == (byte)'\n' && !afterCr))
                return false;
            afterCr = octets[at] == (byte)'\r';
            octets = octets[(at + 1)..];
        }

        return true;
    }
}

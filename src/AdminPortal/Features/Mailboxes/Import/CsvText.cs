using System.Text;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>An upload opened as text: the encoding recognised, every byte checked on its way, the separator known.</summary>
internal sealed class CsvText
{
    private const int HeadLength = 16 * 1024;

    // The CSV reader's buffer may grow to about twice the longest row while it looks for a row's end, and reads as much ahead.
    private const int BuffersRemembered = 4;

    private CsvText(CheckedTextStream stream, char separator)
    {
        Stream = stream;
        Separator = separator;
    }

    public CheckedTextStream Stream { get; }
    public char Separator { get; }

    /// <exception cref="UnreadableFileException">The file is empty or is no text.</exception>
    public static async ValueTask<CsvText> OpenAsync(Stream upload, ImportLimits limits, CancellationToken cancellationToken)
    {
        var buffer = new byte[HeadLength];
        var count = await upload.ReadAtLeastAsync(buffer, HeadLength, throwOnEndOfStream: false, cancellationToken);
        ReadOnlyMemory<byte> head = buffer.AsMemory(0, count);
        RefuseForeignFormats(head.Span);

        var (encoding, mark) = RecogniseEncoding(head.Span);
        var separator = DetectSeparator(encoding.GetString(head.Span[mark..]));
        Stream text = new UploadStream(head[mark..], mark, upload, limits);
        var fromUtf16 = encoding is UnicodeEncoding;
        if (fromUtf16)
            text = Encoding.CreateTranscodingStream(text, encoding, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return new CsvText(new CheckedTextStream(text, fromUtf16, BuffersRemembered * limits.MaxRowBytes), separator);
    }

    private static void RefuseForeignFormats(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
            throw new UnreadableFileException(new ImportProblem(ImportProblemKind.Empty, Line: null));
        // An .xlsx is a zip archive, an .xls an OLE compound file.
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith<byte>([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]))
            throw new UnreadableFileException(new ImportProblem(ImportProblemKind.ExcelWorkbook, Line: null));
    }

    private static (Encoding Encoding, int Mark) RecogniseEncoding(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
        [0xFF, 0xFE, ..] => (Utf16(bigEndian: false), 2),
        [0xFE, 0xFF, ..] => (Utf16(bigEndian: true), 2),
        _ => (Encoding.UTF8, 0),
    };

    private static Encoding Utf16(bool bigEndian) => Encoding.GetEncoding(
        bigEndian ? "utf-16BE" : "utf-16", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(CheckedTextStream.Damage));

    /// <summary>The separator that stands most often, outside quotes, in the first line that is a header.</summary>
    private static char DetectSeparator(string head)
    {
        foreach (var line in head.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && line.Length == 5)
                return line[4] is ';' or '\t' ? line[4] : ',';
            if (!line.IsWhiteSpace() && !line.StartsWith("#TYPE", StringComparison.OrdinalIgnoreCase))
                return MostFrequentSeparator(line);
        }
        return ',';
    }

    private static char MostFrequentSeparator(ReadOnlySpan<char> line)
    {
        int commas = 0, semicolons = 0, tabs = 0;
        var quoted = false;
        foreach (var c in line)
        {
            quoted ^= c == '"';
            if (quoted)
                continue;
            commas += c == ',' ? 1 : 0;
            semicolons += c == ';' ? 1 : 0;
            tabs += c == '\t' ? 1 : 0;
        }
        return tabs > commas && tabs > semicolons ? '\t' : semicolons > commas ? ';' : ',';
    }
}

using System.Text;
using MimeKit;
using MimeKit.Text;

namespace AdminPortal.MailServer.Imap;

/// <summary>The beginning of what a message says, for a list of messages (RFC 8970): plain text, without line ends, markup and controls.</summary>
internal static class Preview
{
    private const int Longest = 200;

    /// <summary>Octets of the text, which may be as long as a message; what a style sheet leaves of them is enough.</summary>
    private const int LooksAt = 64 * 1024;

    /// <summary>Empty when there is no text in it.</summary>
    public static string Of(MessageParts parts)
    {
        if (FirstText(parts.Root) is not { Content: { } content } text)
            return "";
        TextPreviewer previewer = text.IsHtml ? new HtmlTextPreviewer() : new PlainTextPreviewer();
        previewer.MaximumPreviewLength = Longest;
        var beginning = Beginning(text, content);
        return OneLine(previewer.GetPreviewText(text.IsHtml ? WithBody(beginning) : beginning));
    }

    private static string Beginning(TextPart text, IMimeContent encoded)
    {
        using var content = encoded.Open();
        var octets = new byte[LooksAt];
        var length = content.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
        return (text.ContentType.CharsetEncoding ?? Encoding.UTF8).GetString(octets, 0, length);
    }

    /// <summary>The previewer looks for a body, which many a message leaves out.</summary>
    private static string WithBody(string html) => html.Contains("<body", StringComparison.OrdinalIgnoreCase) ? html : $"<body>{html}";

    private static TextPart? FirstText(MessageNode message)
    {
        var open = new Stack<PartNode>([message.Content]);
        while (open.TryPop(out var part))
        {
            if (part.Entity is TextPart { IsAttachment: false } text)
                return text;
            if (part.Message is { } held)
                open.Push(held.Content);
            foreach (var child in part.Children.Reverse())
                open.Push(child);
        }

        return null;
    }

    private static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
            if (!char.IsControl(c) && c != ' ')
                line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        return line.ToString().TrimEnd();
    }
}

using System.Text;
using System.Text.Encodings.Web;
using MimeKit;

namespace AdminPortal.Hosting.OutgoingMail;

/// <summary>What a mail says, in the reader's language: sentences, one link, and what else is to be known about it.</summary>
/// <param name="Language">Of all of it.</param>
/// <param name="Subject">One line.</param>
/// <param name="Before">Paragraphs before the link.</param>
/// <param name="LinkLabel">The words on it.</param>
/// <param name="Link">Where it leads; a key, as a rule.</param>
/// <param name="After">Paragraphs after it.</param>
internal sealed record MailText(string Language, string Subject, IReadOnlyList<string> Before, string LinkLabel, Uri Link, IReadOnlyList<string> After)
{
    /// <summary>
    /// The message as it is sent. Names and subjects are encoded by MimeKit: a line end in them cannot begin a header of its own.
    /// </summary>
    /// <param name="id">The same for every attempt, so that a mail sent twice is recognised as one.</param>
    /// <param name="from">The sender's address, with or without a name.</param>
    /// <param name="to">One address.</param>
    /// <param name="date">When.</param>
    public MimeMessage ToMessage(Guid id, string from, string to, DateTimeOffset date)
    {
        var sender = MailboxAddress.Parse(from);
        var message = new MimeMessage
        {
            Subject = Subject,
            Date = date,
            MessageId = $"{id:N}@{sender.Domain}",
            Body = new MultipartAlternative { Part("plain", Plain()), Part("html", Html()) },
        };
        message.From.Add(sender);
        message.To.Add(new MailboxAddress("", to));
        // RFC 3834, 5: nobody's holiday notice answers this.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Body.Headers.Add(HeaderId.ContentLanguage, Language);
        return message;
    }

    private static TextPart Part(string kind, string text)
    {
        var part = new TextPart(kind) { ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        part.SetText(Encoding.UTF8, text);
        return part;
    }

    private string Plain() => string.Join("\r\n\r\n", [.. Before, $"{LinkLabel}\r\n{Link.AbsoluteUri}", .. After]) + "\r\n";

    private string Html()
    {
        var page = new StringBuilder($"<!DOCTYPE html>\r\n<html lang=\"{Encoded(Language)}\"><head><meta charset=\"utf-8\"><title>{Encoded(Subject)}</title></head>\r\n<body>\r\n");
        foreach (var paragraph in Before) page.Append($"<p>{Encoded(paragraph)}</p>\r\n");
        page.Append($"<p><a href=\"{Encoded(Link.AbsoluteUri)}\">{Encoded(LinkLabel)}</a></p>\r\n");
        foreach (var paragraph in After) page.Append($"<p>{Encoded(paragraph)}</p>\r\n");
        return page.Append("</body></html>\r\n").ToString();
    }

    private static string Encoded(string text) => HtmlEncoder.Default.Encode(text);
}

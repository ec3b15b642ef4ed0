using System.Globalization;
using System.Text;
using AdminPortal.MailServer.Wire;
using MimeKit;

namespace AdminPortal.MailServer.Imap;

/// <summary>BODY and BODYSTRUCTURE (RFC 9051, 7.5.2). Depth is bounded where the tree is read.</summary>
internal static class BodyStructure
{
    public static void Write(WireWriter output, MessageParts parts, bool extended) => Write(output, parts.Root.Content, extended);

    private static void Write(WireWriter output, PartNode part, bool extended)
    {
        if (part.Entity is Multipart && part.Children.Count > 0)
            WriteMultipart(output, part, extended);
        else
            WriteSinglePart(output, part, extended);
    }

    private static void WriteMultipart(WireWriter output, PartNode part, bool extended)
    {
        output.Write("("u8);
        foreach (var child in part.Children)
            Write(output, child, extended);
        output.Write(" "u8).WriteString(part.Entity.ContentType.MediaSubtype.ToUpperInvariant());
        if (extended)
        {
            output.Write(" "u8);
            WriteParameters(output, part.Entity.ContentType.Parameters);
            WriteDispositionAndRest(output, part.Entity);
        }

        output.Write(")"u8);
    }

    private static void WriteSinglePart(WireWriter output, PartNode part, bool extended)
    {
        var type = TypeAsTold(part);
        output.Write("("u8).WriteString(type.MediaType.ToUpperInvariant()).Write(" "u8)
            .WriteString(type.MediaSubtype.ToUpperInvariant()).Write(" "u8);
        WriteParameters(output, type.Parameters);
        output.Write(" "u8).WriteNString(part.Entity.ContentId is { } id ? $"<{id}>" : null);
        output.Write(" "u8).WriteNString(Field(part.Entity, HeaderId.ContentDescription));
        output.Write(" "u8).WriteString(Field(part.Entity, HeaderId.ContentTransferEncoding)?.ToUpperInvariant() ?? "7BIT");
        output.Write(" "u8).Write(part.End - part.Body);
        if (IsMessage(type))
            WriteMessage(output, part.Message!, part.Lines, extended);
        else if (type.IsMimeType("text", "*"))
            output.Write(" "u8).Write(part.Lines);
        if (extended)
        {
            output.Write(" "u8).WriteNString(Field(part.Entity, HeaderId.ContentMd5));
            WriteDispositionAndRest(output, part.Entity);
        }

        output.Write(")"u8);
    }

    /// <summary>What claims to hold parts or a message, and does not, is told as something that a client does not take apart.</summary>
    private static ContentType TypeAsTold(PartNode part) => part switch
    {
        { Entity: Multipart } => new ContentType("text", "plain"),
        { Message: null } when IsMessage(part.Entity.ContentType) => new ContentType("application", "octet-stream"),
        _ => part.Entity.ContentType,
    };

    /// <summary>RFC 9051, 9: media-message. Other message types are told as basic ones.</summary>
    private static bool IsMessage(ContentType type) => type.IsMimeType("message", "rfc822") || type.IsMimeType("message", "global");

    private static void WriteMessage(WireWriter output, MessageNode message, int lines, bool extended)
    {
        output.Write(" "u8);
        Envelope.Write(output, message.Header);
        output.Write(" "u8);
        Write(output, message.Content, extended);
        output.Write(" "u8).Write(lines);
    }

    private static void WriteDispositionAndRest(WireWriter output, MimeEntity entity)
    {
        if (entity.ContentDisposition is { } disposition)
        {
            output.Write(" ("u8).WriteString(disposition.Disposition.ToUpperInvariant()).Write(" "u8);
            WriteParameters(output, disposition.Parameters);
            output.Write(")"u8);
        }
        else
        {
            output.Write(" NIL"u8);
        }

        output.Write(" "u8).WriteNString(Field(entity, HeaderId.ContentLanguage));
        output.Write(" "u8).WriteNString(Field(entity, HeaderId.ContentLocation));
    }

    private static void WriteParameters(WireWriter output, ParameterList parameters)
    {
        if (parameters.Count == 0)
        {
            output.Write("NIL"u8);
            return;
        }

        var separator = "(";
        foreach (var parameter in parameters)
        {
            var ascii = Ascii.IsValid(parameter.Value);
            output.Write(separator).WriteString(parameter.Name.ToUpperInvariant() + (ascii ? "" : "*")).Write(" "u8)
                .WriteString(ascii ? parameter.Value : Extended(parameter.Value));
            separator = " ";
        }

        output.Write(")"u8);
    }

    /// <summary>RFC 2231: a value that is not ASCII.</summary>
    private static string Extended(string value)
    {
        var encoded = new StringBuilder("utf-8''");
        foreach (var octet in Encoding.UTF8.GetBytes(value))
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'.' or (byte)'-' or (byte)'_')
                encoded.Append((char)octet);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        return encoded.ToString();
    }

    private static string? Field(MimeEntity entity, HeaderId field) =>
        entity.Headers[field]?.Trim() is { Length: > 0 } value ? (Ascii.IsValid(value) ? value : null) : null;
}

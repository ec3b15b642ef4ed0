using System.Text;
using AdminPortal.MailServer.Wire;
using MimeKit;
using MimeKit.Utils;

namespace AdminPortal.MailServer.Imap;

/// <summary>ENVELOPE (RFC 9051, 7.5.2): header fields as they were written, addresses taken apart.</summary>
internal static class Envelope
{
    public static void Write(WireWriter output, HeaderList header)
    {
        output.Write("("u8).WriteRaw(header, HeaderId.Date).Write(" "u8).WriteRaw(header, HeaderId.Subject);
        var from = Addresses(header, HeaderId.From);
        output.Write(" "u8).WriteAddresses(from);
        // Sender and Reply-To default to From.
        output.Write(" "u8).WriteAddresses(Addresses(header, HeaderId.Sender) is { Count: > 0 } sender ? sender : from);
        output.Write(" "u8).WriteAddresses(Addresses(header, HeaderId.ReplyTo) is { Count: > 0 } replyTo ? replyTo : from);
        foreach (var field in new[] { HeaderId.To, HeaderId.Cc, HeaderId.Bcc })
            output.Write(" "u8).WriteAddresses(Addresses(header, field));
        output.Write(" "u8).WriteRaw(header, HeaderId.InReplyTo).Write(" "u8).WriteRaw(header, HeaderId.MessageId).Write(")"u8);
    }

    private static WireWriter WriteRaw(this WireWriter output, HeaderList header, HeaderId field)
    {
        var index = header.IndexOf(field);
        return index < 0 ? output.Write("NIL"u8) : output.WriteString(Unfold(header[index].RawValue));
    }

    private static byte[] Unfold(byte[] value) => Encoding.Latin1.GetBytes(
        Encoding.Latin1.GetString(value).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim());

    private static InternetAddressList Addresses(HeaderList header, HeaderId field)
    {
        var all = new InternetAddressList();
        foreach (var line in header.Where(h => h.Id == field))
            if (InternetAddressList.TryParse(line.RawValue, out var addresses))
                all.AddRange(addresses);
        return all;
    }

    private static void WriteAddresses(this WireWriter output, InternetAddressList addresses)
    {
        if (addresses.Count == 0)
        {
            output.Write("NIL"u8);
            return;
        }

        output.Write("("u8);
        foreach (var address in addresses)
            Write(output, address);
        output.Write(")"u8);
    }

    private static void Write(WireWriter output, InternetAddress address)
    {
        if (address is GroupAddress group)
        {
            output.Write("(NIL NIL "u8).WriteNString(Encode(group.Name) ?? "").Write(" NIL)"u8);
            foreach (var member in group.Members)
                Write(output, member);
            output.Write("(NIL NIL NIL NIL)"u8);
        }
        else if (address is MailboxAddress mailbox)
        {
            output.Write("("u8).WriteNString(Encode(mailbox.Name)).Write(" NIL "u8)
                .WriteNString(Encode(mailbox.LocalPart)).Write(" "u8).WriteNString(Encode(mailbox.Domain) ?? "").Write(")"u8);
        }
    }

    /// <summary>What is not ASCII goes as encoded words, because rev1 clients expect no other octets in strings.</summary>
    private static string? Encode(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : Ascii.IsValid(text) ? text
        : Encoding.ASCII.GetString(Rfc2047.EncodeText(Encoding.UTF8, text)).Replace("\r\n", "", StringComparison.Ordinal);
}

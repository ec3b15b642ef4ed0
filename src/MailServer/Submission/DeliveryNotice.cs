using MimeKit;
using MimeKit.Utils;

namespace AdminPortal.MailServer.Submission;

/// <summary>A delivery status notification (RFC 3464) in a report (RFC 6522), for whoever asked to hear of success (RFC 3461, 5.2).</summary>
internal static class DeliveryNotice
{
    public static byte[] OfSuccess(SubmittedMessage message, string reportingServer, DateTimeOffset now)
    {
        var delivered = message.Recipients.Where(recipient => recipient.Notify.HasFlag(NotifyOn.Success)).ToList();
        using var notice = new MimeMessage
        {
            Subject = "Delivered",
            Date = now,
            MessageId = MimeUtils.GenerateMessageId(reportingServer),
            Body = new MultipartReport("delivery-status")
            {
                new TextPart("plain") { Text = $"Your message has arrived in the mailbox of:\r\n\r\n{string.Join("\r\n", delivered.Select(recipient => recipient.Address))}\r\n" },
                Status(message, delivered, reportingServer, now),
                new TextRfc822Headers { Message = HeaderOf(message) },
            },
        };
        notice.From.Add(new MailboxAddress("Mail delivery", $"postmaster@{reportingServer}"));
        notice.To.Add(MailboxAddress.Parse(message.ReversePath));
        // RFC 3834, 5: nobody answers an answer.
        notice.Headers.Add("Auto-Submitted", "auto-generated");
        return Written(notice, message.IsUtf8);
    }

    private static MessageDeliveryStatus Status(
        SubmittedMessage message, IEnumerable<SubmittedRecipient> delivered, string reportingServer, DateTimeOffset now)
    {
        var status = new MessageDeliveryStatus();
        var whole = new HeaderList { { "Reporting-MTA", $"dns; {reportingServer}" }, { "Arrival-Date", DateUtils.FormatDate(now) } };
        if (message.EnvelopeId is { } id)
            whole.Add("Original-Envelope-Id", id);
        status.StatusGroups.Add(whole);
        foreach (var recipient in delivered)
            status.StatusGroups.Add(Of(recipient));
        return status;
    }

    private static HeaderList Of(SubmittedRecipient recipient)
    {
        var group = new HeaderList();
        if (recipient.OriginalAddress is { } original)
            group.Add("Original-Recipient", original);
        // RFC 6533, 3: an address beyond ASCII has a type of its own.
        group.Add("Final-Recipient", $"{(recipient.Address.All(char.IsAscii) ? "rfc822" : "utf-8")}; {recipient.Address}");
        group.Add("Action", "delivered");
        group.Add("Status", "2.0.0");
        return group;
    }

    /// <summary>The header alone: whoever hears of success has the message.</summary>
    private static MimeMessage HeaderOf(SubmittedMessage message)
    {
        message.Content.Position = 0;
        var header = new MimeMessage(new MimeParser(message.Content).ParseHeaders());
        message.Content.Position = 0;
        return header;
    }

    private static byte[] Written(MimeMessage notice, bool isUtf8)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = isUtf8;
        using var written = new MemoryStream();
        notice.WriteTo(format, written);
        return written.ToArray();
    }
}

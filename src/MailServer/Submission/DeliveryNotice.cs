using System.Globalization;
using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace AdminPortal.MailServer.Submission;

/// <summary>A delivery status notification (RFC 3464) in a report (RFC 6522).</summary>
internal static class DeliveryNotice
{
    private const int MostReturned = 1024 * 1024;

    /// <summary>For whoever asked to hear of success (RFC 3461, 5.2).</summary>
    public static byte[] OfSuccess(SubmittedMessage message, string reportingServer, DateTimeOffset now) => Write(
        new DeliveryReport(
            reportingServer, message.ReversePath, now,
            [.. message.Recipients.Where(recipient => recipient.Notify.HasFlag(NotifyOn.Success))
                .Select(recipient => new ReportedRecipient(recipient.Address, recipient.OriginalAddress, ReportedAction.Delivered, "2.0.0"))],
            "Delivered", "Your message has arrived in the mailbox of:") { EnvelopeId = message.EnvelopeId, IsUtf8 = message.IsUtf8 },
        message.Content);

    public static byte[] Write(DeliveryReport report, Stream content)
    {
        content.Position = 0;
        using var notice = new MimeMessage
        {
            Subject = report.Subject,
            Date = report.Now,
            MessageId = MimeUtils.GenerateMessageId(report.ReportingServer),
            Body = new MultipartReport("delivery-status") { new TextPart("plain") { Text = ForPeople(report) }, Status(report), Returned(report, content) },
        };
        content.Position = 0;
        notice.From.Add(new MailboxAddress("Mail delivery", $"postmaster@{report.ReportingServer}"));
        notice.To.Add(MailboxAddress.Parse(report.ReversePath));
        // RFC 3834, 5: nobody answers an answer.
        notice.Headers.Add("Auto-Submitted", "auto-generated");
        return Written(notice, report.IsUtf8);
    }

    private static string ForPeople(DeliveryReport report) =>
        $"{report.Text}\r\n\r\n{string.Join("\r\n", report.Recipients.Select(r => r.Said is null ? r.Address : $"{r.Address}\r\n    {r.Said}"))}\r\n";

    private static MessageDeliveryStatus Status(DeliveryReport report)
    {
        var status = new MessageDeliveryStatus();
        // RFC 3464, 2.2: the order of the fields is free, the envelope's id comes first by custom.
        var whole = new HeaderList();
        if (report.EnvelopeId is { } id)
            whole.Add("Original-Envelope-Id", id);
        whole.Add("Reporting-MTA", $"dns; {report.ReportingServer}");
        whole.Add("Arrival-Date", DateUtils.FormatDate(report.Arrival));
        status.StatusGroups.Add(whole);
        foreach (var recipient in report.Recipients)
            status.StatusGroups.Add(Of(recipient, report));
        return status;
    }

    private static HeaderList Of(ReportedRecipient recipient, DeliveryReport report)
    {
        var group = new HeaderList();
        if (recipient.OriginalAddress is { } original)
            group.Add("Original-Recipient", original);
        // RFC 6533, 3: an address beyond ASCII has a type of its own.
        group.Add("Final-Recipient", $"{(recipient.Address.All(char.IsAscii) ? "rfc822" : "utf-8")}; {recipient.Address}");
        group.Add("Action", recipient.Action.ToString().ToLower(CultureInfo.InvariantCulture));
        group.Add("Status", recipient.Status);
        if (recipient.Said is { } said && report.RemoteServer is { } remote)
        {
            group.Add("Remote-MTA", $"dns; {remote}");
            group.Add("Diagnostic-Code", $"smtp; {said}");
        }

        if (recipient.Action == ReportedAction.Delayed && report.TriedUntil is { } until)
            group.Add("Will-Retry-Until", DateUtils.FormatDate(until));
        return group;
    }

    /// <summary>
    /// Whoever hears of success has the message: the header says which it was. Of a failure it is the sender's choice, as long as the message
    /// is not large (RFC 3461, 4.3). As octets: what is returned is what was sent, however little sense it makes.
    /// </summary>
    private static MimePart Returned(DeliveryReport report, Stream content)
    {
        var isWhole = report.ReturnsWhole && content.Length <= MostReturned && report.Recipients.Any(recipient => recipient.Action == ReportedAction.Failed);
        var octets = new MemoryStream();
        content.CopyTo(octets);
        if (!isWhole)
            octets.SetLength(HeaderLength(octets.GetBuffer().AsSpan(0, (int)octets.Length)));
        octets.Position = 0;
        return new MimePart(isWhole ? "message" : "text", isWhole ? "rfc822" : "rfc822-headers")
        {
            Content = new MimeContent(octets),
            ContentTransferEncoding = Ascii.IsValid(octets.GetBuffer().AsSpan(0, (int)octets.Length)) ? ContentEncoding.SevenBit : ContentEncoding.EightBit,
        };
    }

    private static int HeaderLength(ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message.Length : end + 2;
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

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// RFC 5321, 4.1.1.4. 250 means that the store has taken responsibility. Whatever the reply, the transaction is over.
/// </summary>
internal static class Data
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (smtp.ReversePath is null)
        {
            smtp.Bad(SubmissionReplies.BadSequence);
            return;
        }

        if (smtp.Recipients.Count == 0)
        {
            smtp.Reply(new SmtpReply(554, "5.5.1", "No recipient was accepted"));
            return;
        }

        smtp.Reply(new SmtpReply(354, "", "End with CR LF . CR LF"));
        await smtp.Output.FlushAsync(smtp.Stopping);
        await using var content = new Spool();
        await content.AppendAsync(Encoding.ASCII.GetBytes(TraceLine(smtp)), smtp.Stopping);
        await ReceiveAsync(smtp, content);
    }

    private static async Task ReceiveAsync(SubmissionConnection smtp, Spool content)
    {
        var data = new DataReader(smtp.Connection.Limits.MessageSize);
        while (data.State == DataState.Open)
        {
            if (!await smtp.Connection.Input.ReadSomeAsync(data.Take, smtp.Stopping))
                throw new ClientGoneException();
            smtp.Connection.Touch();
            await content.AppendAsync(data.Drain(), smtp.Stopping);
        }

        await (data.State switch
        {
            DataState.BareLineEnd => smtp.ShowOutAsync(new SmtpReply(521, "5.5.2", "A lone CR or LF in the message")),
            DataState.TooLarge => RefuseTooLargeAsync(smtp),
            DataState.HasNul => RefuseAsync(smtp, new SmtpReply(554, "5.6.0", "Messages hold no NUL")),
            _ => SubmitAsync(smtp, content),
        });
    }

    private static Task RefuseTooLargeAsync(SubmissionConnection smtp)
    {
        smtp.Connection.LimitReached(nameof(smtp.Connection.Limits.MessageSize));
        return RefuseAsync(smtp, SubmissionReplies.TooLarge(smtp.Connection.Limits.MessageSize));
    }

    private static Task RefuseAsync(SubmissionConnection smtp, SmtpReply reply)
    {
        smtp.ResetTransaction();
        smtp.Reply(reply);
        return Task.CompletedTask;
    }

    private static async Task SubmitAsync(SubmissionConnection smtp, Spool content)
    {
        var message = new SubmittedMessage(smtp.ReversePath!, [.. smtp.Recipients], content.Rewind());
        smtp.ResetTransaction();
        smtp.Reply(SubmissionReplies.From(await smtp.Connection.Session!.Submission.SubmitAsync(message, smtp.Stopping)));
    }

    /// <summary>
    /// RFC 5321, 4.4. What the client calls itself was checked to be one printable word; brackets keep it out of the comment.
    /// </summary>
    private static string TraceLine(SubmissionConnection smtp)
    {
        var peer = smtp.Connection.Peer;
        var address = (peer.RemoteAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6:" : "") + peer.RemoteAddress;
        var name = smtp.Helo!.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '[' or ']' or ':') ? smtp.Helo : "unknown";
        var date = smtp.Connection.Now.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        return $"Received: from {name} ([{address}])\r\n"
            + $"\tby {smtp.Connection.Options.HostName} with ESMTPSA id {peer.ConnectionId};\r\n"
            + $"\t{date}\r\n";
    }
}

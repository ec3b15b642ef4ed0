using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Relay;

/// <summary>What senders hear of their messages to elsewhere, in the language of their mailbox. Nobody is told about a notice (RFC 3461, 5.2.7).</summary>
internal sealed class RelayReports(IStringLocalizer<Text> T, IOptions<MailServerOptions> server, SmarthostDelivery smarthost, TimeProvider time)
{
    /// <summary>Recipients whose fate was just decided, and those who still wait where that is to be told.</summary>
    /// <param name="mail">Which message.</param>
    /// <param name="failed">Given up.</param>
    /// <param name="relayed">Given to a server that tells nobody what becomes of them.</param>
    /// <param name="delayed">Still waiting, to be told of.</param>
    /// <param name="until">Until when these are tried.</param>
    public IReadOnlyList<byte[]> Write(
        RelayedMail mail, IEnumerable<RelayedTo> failed, IEnumerable<RelayedTo> relayed, IEnumerable<RelayedTo> delayed, DateTimeOffset until) =>
        mail.Sender.Length == 0
            ? []
            : (Language.Find(mail.Language) ?? Language.All[0]).Speak(() => new[]
            {
                Report(mail, failed.Where(r => r.Notify.HasFlag(NotifyOn.Failure)), ReportedAction.Failed, T["ReportFailedSubject"], T["ReportFailed"]),
                Report(mail, relayed.Where(r => r.Notify.HasFlag(NotifyOn.Success)), ReportedAction.Relayed, T["ReportRelayedSubject"], T["ReportRelayed"]),
                Report(mail, delayed.Where(r => r.Notify.HasFlag(NotifyOn.Delay)), ReportedAction.Delayed, T["ReportDelayedSubject"],
                    T["ReportDelayed", until.ToString("d MMMM yyyy HH:mm 'UTC'", System.Globalization.CultureInfo.CurrentCulture)], until),
            }.OfType<byte[]>().ToList());

    /// <summary>Our own reason for giving up, where no server said one.</summary>
    public string Because(RelayedMail mail, string key) => (Language.Find(mail.Language) ?? Language.All[0]).Speak(() => T[key].Value);

    private byte[]? Report(
        RelayedMail mail, IEnumerable<RelayedTo> recipients, ReportedAction action, string subject, string text, DateTimeOffset? until = null)
    {
        if (recipients.Select(r => r.Reported(action)).ToList() is not { Count: > 0 } reported) return null;
        using var content = new MemoryStream(mail.Content, writable: false);
        return new DeliveryReport(server.Value.HostName, mail.Sender, mail.QueuedAt, reported, subject, text)
        {
            Now = time.GetUtcNow(),
            EnvelopeId = mail.EnvelopeId,
            IsUtf8 = mail.IsUtf8,
            ReturnsWhole = mail.ReturnsWhole,
            RemoteServer = smarthost.IsConfigured ? smarthost.Name : null,
            TriedUntil = until,
        }.Write(content);
    }
}

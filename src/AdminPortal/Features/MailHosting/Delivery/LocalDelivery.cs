using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Delivery;

/// <summary>Carries mail to mailboxes of this installation, whatever their switches say: these are about signing in.</summary>
internal sealed partial class LocalDelivery(
    CrossTenant crossTenant, MailDatabase database, FolderBell bell, IOptions<MailServerOptions> server, IOptions<LimitsOptions> limits, TimeProvider time,
    ILogger<LocalDelivery> logger)
{
    private MailboxLimits Limits => limits.Value.Mailboxes;

    /// <summary>Where an address leads; null for a domain that is not ours.</summary>
    public async Task<MailRecipient?> FindAsync(string address, CancellationToken cancellationToken) =>
        (MailAddressName.Normalise(address) ?? NobodyAt(address)) is { } normalised
            ? await database.AskAsync(() => crossTenant.FindMailRecipientAsync(normalised, Limits.Octets, cancellationToken))
            : null;

    // A name that no mailbox can have, in a domain that may be ours all the same.
    private static string? NobodyAt(string address) =>
        MailAddressName.NormaliseDomain(address[(address.LastIndexOf('@') + 1)..]) is { } domain ? $"@{domain}" : null;

    /// <summary>Those of the mailboxes that have no room for the message with what delivery adds.</summary>
    public Task<IReadOnlyList<Guid>> FindFullAsync(
        SubmittedMessage message, IReadOnlyList<(Guid TenantId, Guid MailboxId)> recipients, CancellationToken cancellationToken) =>
        database.AskAsync(() => crossTenant.FindFullMailboxesAsync(
            recipients, ReturnPath(message.ReversePath).Length + message.Content.Length, Limits.Octets, cancellationToken));

    /// <summary>Delivers to the recipients here and queues for those elsewhere: all or nothing, committed when it returns.</summary>
    public async Task<MailHandover> SendAsync(
        MailboxRows sender, Guid id, SubmittedMessage message, IReadOnlyList<(Guid TenantId, Guid MailboxId)> here, IReadOnlyList<MailToRelay> elsewhere,
        CancellationToken cancellationToken)
    {
        var returnPath = ReturnPath(message.ReversePath);
        var headerSize = returnPath.Length + await HeaderSize.OfAsync(message.Content, cancellationToken);
        var mail = new MailToSend(sender.TenantId, id, sender.MailboxId, message.ReversePath, returnPath, message.Content, headerSize, here, elsewhere)
        {
            EnvelopeId = message.EnvelopeId,
            ReturnsWhole = message.ReturnsWhole,
            IsUtf8 = message.IsUtf8,
            Recipients = message.Recipients.Count,
            MostOctets = Limits.Octets,
            MostMessagesAnHour = Limits.MessagesPerHour,
            MostRecipientsAnHour = Limits.RecipientsPerHour,
        };
        var handover = await MailDatabase.DoAsync(() => crossTenant.SendMailAsync(mail, cancellationToken));
        if (handover is MailHandover.Done { Delivered: var delivered }) Ring(delivered);
        return handover;
    }

    /// <summary>Puts the notice that the sender asked for into the sender's INBOX. The message is with its recipients already: whatever becomes of
    /// the notice, nobody must be made to send that message again.</summary>
    public async Task NotifyAsync(SubmittedMessage delivered, (Guid TenantId, Guid MailboxId) sender)
    {
        if (delivered.NoticeOfDelivery(server.Value.HostName, time.GetUtcNow()) is not { } notice) return;
        try
        {
            using var content = new MemoryStream(notice, writable: false);
            var headerSize = ReturnPath("").Length + await HeaderSize.OfAsync(content, CancellationToken.None);
            Ring(await MailDatabase.DoAsync(() => crossTenant.DeliverMailAsync([sender], ReturnPath(""), content, headerSize, CancellationToken.None)) ?? []);
        }
        catch (MailStoreUnavailableException failure)
        {
            LogNoticeLost(failure.Message);
        }
    }

    /// <summary>Tells sessions that have these folders open.</summary>
    public void Ring(IEnumerable<DeliveredMail> delivered)
    {
        foreach (var arrival in delivered) bell.Ring(arrival.MailboxId, arrival.FolderId, arrival.ModSeq);
    }

    /// <summary>RFC 5321, 4.4: the final delivery writes the reverse-path on top.</summary>
    public static byte[] ReturnPath(string reversePath) => Encoding.UTF8.GetBytes($"Return-Path: <{reversePath}>\r\n");

    [LoggerMessage(LogLevel.Warning, "A notice of delivery could not be stored: {Reason}")]
    private partial void LogNoticeLost(string reason);
}

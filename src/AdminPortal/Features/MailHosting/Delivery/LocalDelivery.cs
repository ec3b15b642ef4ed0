using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Delivery;

/// <summary>Carries mail to mailboxes of this installation, whatever their switches say: these are about signing in.</summary>
internal sealed partial class LocalDelivery(
    CrossTenant crossTenant, MailDatabase database, FolderBell bell, IOptions<MailServerOptions> server, TimeProvider time, ILogger<LocalDelivery> logger)
{
    /// <summary>Where an address leads; null for a domain that is not ours.</summary>
    public async Task<MailRecipient?> FindAsync(string address, CancellationToken cancellationToken) =>
        (MailAddressName.Normalise(address) ?? NobodyAt(address)) is { } normalised
            ? await database.AskAsync(() => crossTenant.FindMailRecipientAsync(normalised, cancellationToken))
            : null;

    // A name that no mailbox can have, in a domain that may be ours all the same.
    private static string? NobodyAt(string address) =>
        MailAddressName.NormaliseDomain(address[(address.LastIndexOf('@') + 1)..]) is { } domain ? $"@{domain}" : null;

    /// <summary>Puts a message with its Return-Path into the INBOX of every recipient. False, and nothing is done, when one is gone.</summary>
    public async Task<bool> DeliverAsync(
        string reversePath, IReadOnlyList<(Guid TenantId, Guid MailboxId)> recipients, Stream content, CancellationToken cancellationToken)
    {
        // RFC 5321, 4.4: the final delivery writes the reverse-path on top.
        var returnPath = Encoding.UTF8.GetBytes($"Return-Path: <{reversePath}>\r\n");
        var headerSize = returnPath.Length + await HeaderSize.OfAsync(content, cancellationToken);
        var delivered = await MailDatabase.DoAsync(() => crossTenant.DeliverMailAsync(recipients, returnPath, content, headerSize, cancellationToken));
        foreach (var arrival in delivered ?? []) bell.Ring(arrival.MailboxId, arrival.FolderId, arrival.ModSeq);
        return delivered is not null;
    }

    /// <summary>Puts the notice that the sender asked for into the sender's INBOX. The message is with its recipients already: whatever becomes of
    /// the notice, nobody must be made to send that message again.</summary>
    public async Task NotifyAsync(SubmittedMessage delivered, (Guid TenantId, Guid MailboxId) sender)
    {
        if (delivered.NoticeOfDelivery(server.Value.HostName, time.GetUtcNow()) is not { } notice) return;
        try
        {
            using var content = new MemoryStream(notice, writable: false);
            await DeliverAsync("", [sender], content, CancellationToken.None);
        }
        catch (MailStoreUnavailableException failure)
        {
            LogNoticeLost(failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A notice of delivery could not be stored: {Reason}")]
    private partial void LogNoticeLost(string reason);
}

using AdminPortal.Data;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Delivery;

/// <summary>
/// The way out for one mailbox: as itself, to mailboxes that this server serves, of any tenant; and by the smarthost to everybody else, if
/// there is one.
/// </summary>
internal sealed class PortalSubmission(
    MailboxRows rows, MailLogin mailbox, LocalDelivery delivery, SmarthostDelivery smarthost, RefusalText texts) : ISubmission
{
    // Between looking who is full and delivering, another may become so.
    private const int Attempts = 3;
    private const int MostAsked = 100;

    // What RCPT found, for the DATA that follows it a moment later; what is no longer so by then the delivery itself refuses.
    private readonly Dictionary<string, MailRecipient?> asked = [];

    public async Task<SenderOutcome> CheckSenderAsync(string reversePath, CancellationToken cancellationToken)
    {
        asked.Clear();
        if (reversePath.Length == 0) return SenderOutcome.Accepted;
        return MailAddressName.Normalise(reversePath) is { } address && await IsOursAsync(address, cancellationToken)
            ? SenderOutcome.Accepted
            : SenderOutcome.NotYours;
    }

    public async Task<RecipientOutcome> CheckRecipientAsync(string recipient, long size, CancellationToken cancellationToken)
    {
        var found = await delivery.FindAsync(recipient, cancellationToken);
        if (asked.Count < MostAsked) asked[recipient] = found;
        return found switch
        {
            { MailboxId: null } => RecipientOutcome.NotFound,
            { PodKind: PodKind.Embedded, Room: var room } => room >= Math.Max(size, 1) ? RecipientOutcome.Accepted : RecipientOutcome.OverQuota,
            // Nobody's domain here, or a mailbox that another server serves.
            _ => MayBeRelayed(recipient) ? RecipientOutcome.Accepted : RecipientOutcome.RelayDenied,
        };
    }

    public async Task<SubmitOutcome> SubmitAsync(SubmittedMessage message, CancellationToken cancellationToken)
    {
        if (await SplitAsync(message, cancellationToken) is not var (here, elsewhere)) return Gone();
        var id = Guid.CreateVersion7();
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (here.Count == 0 && elsewhere.All(recipient => recipient.State == RelayedState.Refused)) return new SubmitOutcome.OverQuota();
            switch (await delivery.SendAsync(rows, id, message, [.. here.Values.Distinct()], elsewhere, cancellationToken))
            {
                case MailHandover.Done:
                    await delivery.NotifyAsync(message with { Recipients = [.. here.Keys] }, (rows.TenantId, rows.MailboxId));
                    return new SubmitOutcome.Accepted(id.ToString("N"));
                case MailHandover.LimitReached:
                    return new SubmitOutcome.LimitReached();
                case MailHandover.Gone:
                    return Gone();
                default:
                    await SetAsideFullAsync(message, here, elsewhere, cancellationToken);
                    break;
            }
        }
        throw new MailStoreUnavailableException("Mailboxes of recipients are being filled at this moment.");
    }

    /// <summary>Who is served here, and who is not. Null when a mailbox is gone since it was accepted.</summary>
    private async Task<(Dictionary<SubmittedRecipient, (Guid TenantId, Guid MailboxId)> Here, List<MailToRelay> Elsewhere)?> SplitAsync(
        SubmittedMessage message, CancellationToken cancellationToken)
    {
        var here = new Dictionary<SubmittedRecipient, (Guid TenantId, Guid MailboxId)>();
        var elsewhere = new List<MailToRelay>();
        foreach (var recipient in message.Recipients)
            switch (asked.Remove(recipient.Address, out var found) ? found : await delivery.FindAsync(recipient.Address, cancellationToken))
            {
                case { MailboxId: null }:
                    return null;
                case { PodKind: PodKind.Embedded, MailboxId: { } mailboxId, TenantId: var tenantId }:
                    here[recipient] = (tenantId, mailboxId);
                    break;
                case var _ when MayBeRelayed(recipient.Address):
                    elsewhere.Add(Relay(recipient, RelayedState.Waiting, null));
                    break;
                default:
                    return null;
            }
        return (here, elsewhere);
    }

    /// <summary>Who has no room is not delivered to; the sender is told by a report, which the queue owes from the same commit on.</summary>
    private async Task SetAsideFullAsync(
        SubmittedMessage message, Dictionary<SubmittedRecipient, (Guid TenantId, Guid MailboxId)> here, List<MailToRelay> elsewhere,
        CancellationToken cancellationToken)
    {
        var full = await delivery.FindFullAsync(message, [.. here.Values.Distinct()], cancellationToken);
        foreach (var (recipient, _) in here.Where(r => full.Contains(r.Value.MailboxId)).ToList())
        {
            here.Remove(recipient);
            elsewhere.Add(Relay(recipient, RelayedState.Refused, "5.2.2"));
        }
    }

    // An address literal, or a name without a dot, may mean something else to the smarthost: itself, or a machine in its own network.
    private bool MayBeRelayed(string recipient) =>
        smarthost.IsConfigured && MailAddressName.NormaliseDomain(recipient[(recipient.LastIndexOf('@') + 1)..]) is not null;

    private static MailToRelay Relay(SubmittedRecipient recipient, RelayedState state, string? status) =>
        new(recipient.Address, (short)recipient.Notify, recipient.OriginalAddress, state, status);

    private SubmitOutcome.Refused Gone() => new(texts.RecipientGone(mailbox.Language));

    private async Task<bool> IsOursAsync(string address, CancellationToken cancellationToken) =>
        address == mailbox.Address || await rows.RunAsync(
            async connection =>
            {
                await using var command = Sql.Command(
                    connection, "SELECT EXISTS (SELECT FROM mailbox_alias WHERE tenant_id = $1 AND mailbox_id = $2 AND address = $3)",
                    rows.TenantId, rows.MailboxId, address);
                return await command.ExecuteScalarAsync(cancellationToken) is true;
            },
            cancellationToken);
}

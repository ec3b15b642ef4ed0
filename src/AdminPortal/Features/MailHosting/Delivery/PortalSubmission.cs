using AdminPortal.Data;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Delivery;

/// <summary>The way out for one mailbox: as itself, to mailboxes that this server serves, of any tenant.</summary>
internal sealed class PortalSubmission(MailboxRows rows, MailLogin mailbox, LocalDelivery delivery, RefusalText texts) : ISubmission
{
    public async Task<SenderOutcome> CheckSenderAsync(string reversePath, CancellationToken cancellationToken)
    {
        if (reversePath.Length == 0) return SenderOutcome.Accepted;
        return MailAddressName.Normalise(reversePath) is { } address && await IsOursAsync(address, cancellationToken)
            ? SenderOutcome.Accepted
            : SenderOutcome.NotYours;
    }

    public async Task<RecipientOutcome> CheckRecipientAsync(string recipient, CancellationToken cancellationToken) =>
        await delivery.FindAsync(recipient, cancellationToken) switch
        {
            null => RecipientOutcome.RelayDenied,
            { MailboxId: null } => RecipientOutcome.NotFound,
            { PodKind: not PodKind.Embedded } => RecipientOutcome.RelayDenied,
            _ => RecipientOutcome.Accepted,
        };

    public async Task<SubmitOutcome> SubmitAsync(SubmittedMessage message, CancellationToken cancellationToken)
    {
        var recipients = new HashSet<(Guid TenantId, Guid MailboxId)>();
        foreach (var recipient in message.Recipients)
        {
            if (await delivery.FindAsync(recipient.Address, cancellationToken) is not { MailboxId: { } mailboxId, PodKind: PodKind.Embedded } found)
                return Gone();
            recipients.Add((found.TenantId, mailboxId));
        }
        if (!await delivery.DeliverAsync(message.ReversePath, [.. recipients], message.Content, cancellationToken)) return Gone();
        await delivery.NotifyAsync(message, (rows.TenantId, rows.MailboxId));
        return new SubmitOutcome.Accepted(Guid.CreateVersion7().ToString("N"));
    }

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

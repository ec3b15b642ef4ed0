namespace AdminPortal.MailServer.Memory;

/// <summary>Delivers at once between mailboxes of this process, and nowhere else.</summary>
internal sealed class MemorySubmission(MemoryMailbox mailbox) : ISubmission
{
    public Task<SenderOutcome> CheckSenderAsync(string reversePath, CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        return Task.FromResult(reversePath.Length == 0 || mailbox.Owns(reversePath) ? SenderOutcome.Accepted : SenderOutcome.NotYours);
    }

    public Task<RecipientOutcome> CheckRecipientAsync(string recipient, CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        if (!mailbox.Backend.IsLocalDomain(recipient[(recipient.LastIndexOf('@') + 1)..]))
            return Task.FromResult(RecipientOutcome.RelayDenied);
        return Task.FromResult(mailbox.Backend.Find(recipient) is null ? RecipientOutcome.NotFound : RecipientOutcome.Accepted);
    }

    public async Task<SubmitOutcome> SubmitAsync(SubmittedMessage message, CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        var content = new byte[message.Content.Length];
        await message.Content.ReadExactlyAsync(content, cancellationToken);
        var delivered = System.Text.Encoding.UTF8.GetBytes($"Return-Path: <{message.ReversePath}>\r\n").Concat(content).ToArray();
        foreach (var recipient in message.Recipients.Select(mailbox.Backend.Find).OfType<MemoryMailbox>().Distinct())
            recipient.Deliver("INBOX", delivered, MessageFlags.None);
        return new SubmitOutcome.Accepted(Guid.CreateVersion7().ToString("n"));
    }
}

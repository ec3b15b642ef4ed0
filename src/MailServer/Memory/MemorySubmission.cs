using System.Text;

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
        foreach (var recipient in message.Recipients.Select(recipient => mailbox.Backend.Find(recipient.Address)).OfType<MemoryMailbox>().Distinct())
            Deliver(recipient, message.ReversePath, content);
        if (message.NoticeOfDelivery("memory.example", mailbox.Backend.Clock.GetUtcNow()) is { } notice)
            Deliver(mailbox, "", notice);
        return new SubmitOutcome.Accepted(Guid.CreateVersion7().ToString("n"));
    }

    private static void Deliver(MemoryMailbox recipient, string reversePath, byte[] content) =>
        recipient.Deliver("INBOX", [.. Encoding.UTF8.GetBytes($"Return-Path: <{reversePath}>\r\n"), .. content], MessageFlags.None);
}

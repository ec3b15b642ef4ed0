using System.Text;

namespace AdminPortal.MailServer.Memory;

/// <summary>Delivers at once between mailboxes of this process, and nowhere else.</summary>
internal sealed class MemorySubmission(MemoryMailbox mailbox) : ISubmission
{
    private const string ReportingServer = "memory.example";

    public Task<SenderOutcome> CheckSenderAsync(string reversePath, CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        return Task.FromResult(reversePath.Length == 0 || mailbox.Owns(reversePath) ? SenderOutcome.Accepted : SenderOutcome.NotYours);
    }

    public Task<RecipientOutcome> CheckRecipientAsync(string recipient, long size, CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        if (!mailbox.Backend.IsLocalDomain(recipient[(recipient.LastIndexOf('@') + 1)..]))
            return Task.FromResult(RecipientOutcome.RelayDenied);
        return Task.FromResult(mailbox.Backend.Find(recipient) switch
        {
            null => RecipientOutcome.NotFound,
            var found => found.HasRoomNow(Math.Max(size, 1)) ? RecipientOutcome.Accepted : RecipientOutcome.OverQuota,
        });
    }

    public async Task<SubmitOutcome> SubmitAsync(SubmittedMessage message, CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        var content = new byte[message.Content.Length];
        await message.Content.ReadExactlyAsync(content, cancellationToken);
        byte[] delivered = [.. Encoding.UTF8.GetBytes($"Return-Path: <{message.ReversePath}>\r\n"), .. content];
        var full = message.Recipients.Where(recipient => mailbox.Backend.Find(recipient.Address)?.HasRoomNow(delivered.Length) == false).ToList();
        if (full.Count == message.Recipients.Count)
            return new SubmitOutcome.OverQuota();

        foreach (var recipient in message.Recipients.Except(full).Select(recipient => mailbox.Backend.Find(recipient.Address)).OfType<MemoryMailbox>().Distinct())
            recipient.Deliver("INBOX", delivered, MessageFlags.None);
        if ((message with { Recipients = [.. message.Recipients.Except(full)] }).NoticeOfDelivery(ReportingServer, mailbox.Backend.Clock.GetUtcNow()) is { } notice)
            Notify(notice);
        if (message.ReversePath.Length > 0 && full.Where(recipient => recipient.Notify.HasFlag(NotifyOn.Failure)).ToList() is { Count: > 0 } told)
            Notify(Failure(message, told));
        return new SubmitOutcome.Accepted(Guid.CreateVersion7().ToString("n"));
    }

    private byte[] Failure(SubmittedMessage message, IEnumerable<SubmittedRecipient> full) => new DeliveryReport(
        ReportingServer, message.ReversePath, mailbox.Backend.Clock.GetUtcNow(),
        [.. full.Select(recipient => new ReportedRecipient(recipient.Address, recipient.OriginalAddress, ReportedAction.Failed, "5.2.2"))],
        "Not delivered", "These mailboxes are full:")
    {
        EnvelopeId = message.EnvelopeId,
        IsUtf8 = message.IsUtf8,
        ReturnsWhole = message.ReturnsWhole,
    }.Write(message.Content);

    private void Notify(byte[] notice) => mailbox.Deliver("INBOX", [.. "Return-Path: <>\r\n"u8, .. notice], MessageFlags.None);
}

namespace AdminPortal.MailServer;

/// <summary>The way out for a signed-in mailbox: who it may send as, to whom, and handing the message over.</summary>
/// <remarks>Addresses have passed the path grammar of RFC 5321 and RFC 6531 without source route: <c>local@domain</c>, at most 254 octets.</remarks>
public interface ISubmission
{
    /// <summary>
    /// May this mailbox send as that address? Empty is the null reverse-path of notifications (RFC 8098); it is the login that answers
    /// for it.
    /// </summary>
    Task<SenderOutcome> CheckSenderAsync(string reversePath, CancellationToken cancellationToken);

    /// <summary>Called after a good sender, once for each RCPT, duplicates included.</summary>
    /// <param name="recipient">The address.</param>
    /// <param name="size">Octets of the message as the client announced them (RFC 1870); 0: it did not.</param>
    /// <param name="cancellationToken">See <see cref="IMailBackend"/>.</param>
    Task<RecipientOutcome> CheckRecipientAsync(string recipient, long size, CancellationToken cancellationToken);

    /// <summary>
    /// Takes responsibility for the message (RFC 5321, 4.2.5): delivered or durably queued for every recipient before it returns, or none. What
    /// can be found out only now about some of the recipients is told to the sender by a <see cref="DeliveryReport"/>.
    /// </summary>
    Task<SubmitOutcome> SubmitAsync(SubmittedMessage message, CancellationToken cancellationToken);
}

/// <param name="ReversePath">As accepted by <see cref="ISubmission.CheckSenderAsync"/>.</param>
/// <param name="Recipients">Accepted ones, without duplicates, in the order given; at least one.</param>
/// <param name="Content">
/// With the server's Received line on top; CRLF line ends, no NUL, unstuffed; seekable, at its beginning. The caller disposes it. A
/// Return-Path line is the final delivery's to write.
/// </param>
public sealed record SubmittedMessage(string ReversePath, IReadOnlyList<SubmittedRecipient> Recipients, Stream Content)
{
    /// <summary>Addresses and header may hold UTF-8 (RFC 6531): a server that cannot take that must not be given it.</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>What the sender calls this sending (RFC 3461, 4.4), decoded; null: nothing.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Whether a notice of failure shall hold the whole message and not its header alone (RFC 3461, 4.3).</summary>
    public bool ReturnsWhole { get; init; }

    /// <summary>
    /// The notice that the sender asked for when the message arrives (RFC 3461, NOTIFY=SUCCESS; RFC 3464), for the final delivery to put into
    /// the mailbox of <see cref="ReversePath"/>.
    /// </summary>
    /// <param name="reportingServer">The name that this server gives itself.</param>
    /// <param name="now">When it was delivered.</param>
    /// <returns>A message without Return-Path; null where nobody asked, or to nobody.</returns>
    public byte[]? NoticeOfDelivery(string reportingServer, DateTimeOffset now) =>
        ReversePath.Length > 0 && Recipients.Any(recipient => recipient.Notify.HasFlag(NotifyOn.Success))
            ? Submission.DeliveryNotice.OfSuccess(this, reportingServer, now)
            : null;
}

/// <param name="Address">As accepted by <see cref="ISubmission.CheckRecipientAsync"/>.</param>
/// <param name="Notify">Of what the sender wants to hear (RFC 3461, 4.1).</param>
/// <param name="OriginalAddress"><c>type;address</c> as the sender first wrote it (RFC 3461, 4.2), decoded; null: not told.</param>
public sealed record SubmittedRecipient(string Address, NotifyOn Notify = NotifyOn.Failure, string? OriginalAddress = null);

[Flags]
public enum NotifyOn
{
    /// <summary>NOTIFY=NEVER.</summary>
    Never = 0,

    Success = 1,

    /// <summary>What a sender who says nothing gets.</summary>
    Failure = 2,

    Delay = 4,
}

public enum SenderOutcome
{
    Accepted,

    /// <summary>Not an address of this mailbox.</summary>
    NotYours,

    /// <summary>The mailbox sent as much as it may for now.</summary>
    LimitReached,
}

public enum RecipientOutcome
{
    Accepted,

    /// <summary>A local domain without that mailbox.</summary>
    NotFound,

    /// <summary>A domain this server does not carry mail to: there is no smarthost to give it to.</summary>
    RelayDenied,

    /// <summary>The recipient's mailbox has no room for it.</summary>
    OverQuota,

    LimitReached,
}

public abstract record SubmitOutcome
{
    private SubmitOutcome() { }

    /// <param name="QueueId">Told to the client, found in logs.</param>
    public sealed record Accepted(string QueueId) : SubmitOutcome;

    /// <param name="Text">One line for the sender.</param>
    public sealed record Refused(string Text) : SubmitOutcome;

    /// <summary>No recipient has room for it; nothing was done.</summary>
    public sealed record OverQuota : SubmitOutcome;

    /// <summary>The mailbox sent as much as it may for now; nothing was done.</summary>
    public sealed record LimitReached : SubmitOutcome;
}

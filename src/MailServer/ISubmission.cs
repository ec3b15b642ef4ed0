namespace AdminPortal.MailServer;

/// <summary>The way out for a signed-in mailbox: who it may send as, to whom, and handing the message over.</summary>
/// <remarks>Addresses have passed the path grammar of RFC 5321 without source route: <c>local@domain</c>, at most 254 characters.</remarks>
public interface ISubmission
{
    /// <summary>
    /// May this mailbox send as that address? Empty is the null reverse-path of notifications (RFC 8098); it is the login that answers
    /// for it.
    /// </summary>
    Task<SenderOutcome> CheckSenderAsync(string reversePath, CancellationToken cancellationToken);

    /// <summary>Called after a good sender, once for each RCPT, duplicates included.</summary>
    Task<RecipientOutcome> CheckRecipientAsync(string recipient, CancellationToken cancellationToken);

    /// <summary>
    /// Takes responsibility for the message (RFC 5321, 4.2.5): delivered or durably queued for every recipient before it returns, or none.
    /// </summary>
    Task<SubmitOutcome> SubmitAsync(SubmittedMessage message, CancellationToken cancellationToken);
}

/// <param name="ReversePath">As accepted by <see cref="ISubmission.CheckSenderAsync"/>.</param>
/// <param name="Recipients">Accepted ones, without duplicates, in the order given; at least one.</param>
/// <param name="Content">
/// With the server's Received line on top; CRLF line ends, no NUL, unstuffed; seekable, at its beginning. The caller disposes it. A
/// Return-Path line is the final delivery's to write.
/// </param>
public sealed record SubmittedMessage(string ReversePath, IReadOnlyList<string> Recipients, Stream Content);

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

    /// <summary>A domain this server does not carry mail to.</summary>
    RelayDenied,

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

    public sealed record OverQuota : SubmitOutcome;
}

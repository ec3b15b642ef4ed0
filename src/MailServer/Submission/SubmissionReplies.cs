using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>A reply: basic code, enhanced code (RFC 3463; empty where none is defined), text for people.</summary>
internal readonly record struct SmtpReply(int Code, string Enhanced, string Text)
{
    /// <summary>The limit that this reply tells, a property of <see cref="MailServerLimits"/>; null: none.</summary>
    public string? Limit => (Code, Enhanced) switch
    {
        (552, "5.3.4") => nameof(MailServerLimits.MessageSize),
        (452, "4.5.3") => nameof(MailServerLimits.RecipientsPerMessage),
        _ => null,
    };
}

/// <summary>What is said in more than one place.</summary>
internal static class SubmissionReplies
{
    /// <summary>RFC 5321, 4.5.3.1.5: 512 octets for a reply's line; less the codes and the line end.</summary>
    public const int LongestText = 490;

    public static readonly SmtpReply TlsFirst = new(530, "5.7.0", "Encryption first: STARTTLS");

    public static readonly SmtpReply SignInFirst = new(530, "5.7.0", "Sign in first");

    public static readonly SmtpReply BadSequence = new(503, "5.5.1", "Not in this order");

    public static readonly SmtpReply StoreUnavailable = new(451, "4.3.0", "The mail store is not available now, try again later");

    public static readonly SmtpReply UnknownParameter = new(555, "5.5.4", "Unknown parameter");

    public static readonly SmtpReply NoRecipient = new(554, "5.5.1", "No recipient was accepted");

    public static SmtpReply TooLarge(long limit) => new(552, "5.3.4", $"A message may have {limit} octets");

    public static SmtpReply Syntax(string text) => new(501, "5.5.4", text);

    /// <summary>A refused login in SMTP's words (RFC 4954, 6; RFC 5248). One table; the other protocols have theirs.</summary>
    public static SmtpReply Refusal(AuthenticationResult result) => result switch
    {
        AuthenticationResult.BadCredentials => new SmtpReply(535, "5.7.8", "Wrong user name or password"),
        AuthenticationResult.AccessDisabled disabled => new SmtpReply(525, "5.7.13", ReplyText.OneLine(disabled.Reason, LongestText)),
        AuthenticationResult.TlsRequired => new SmtpReply(523, "5.7.10", "Encryption first: STARTTLS"),
        AuthenticationResult.Throttled => new SmtpReply(454, "4.7.0", "Too many attempts or connections, try again later"),
        AuthenticationResult.Unavailable { Reason: { } reason } => new SmtpReply(454, "4.7.0", ReplyText.OneLine(reason, LongestText)),
        _ => new SmtpReply(454, "4.7.0", "Sign-in is not available now, try again later"),
    };

    public static SmtpReply From(SenderOutcome outcome) => outcome switch
    {
        SenderOutcome.Accepted => new SmtpReply(250, "2.1.0", "Sender accepted"),
        SenderOutcome.NotYours => new SmtpReply(553, "5.7.1", "That is not an address of the signed-in mailbox"),
        _ => new SmtpReply(451, "4.7.1", "This mailbox has sent too much, try again later"),
    };

    public static SmtpReply From(RecipientOutcome outcome) => outcome switch
    {
        RecipientOutcome.Accepted => new SmtpReply(250, "2.1.5", "Recipient accepted"),
        RecipientOutcome.NotFound => new SmtpReply(550, "5.1.1", "There is no such mailbox"),
        RecipientOutcome.RelayDenied => new SmtpReply(550, "5.7.1", "This server sends to its own mailboxes only: it has no smarthost for that domain"),
        RecipientOutcome.OverQuota => new SmtpReply(552, "5.2.2", "The recipient's mailbox is full"),
        _ => new SmtpReply(451, "4.7.1", "Too many recipients for now, try again later"),
    };

    public static SmtpReply From(SubmitOutcome outcome) => outcome switch
    {
        SubmitOutcome.Accepted accepted => new SmtpReply(250, "2.0.0", $"Accepted as {accepted.QueueId}"),
        SubmitOutcome.Refused refused => new SmtpReply(554, "5.7.1", ReplyText.OneLine(refused.Text, LongestText)),
        SubmitOutcome.LimitReached => new SmtpReply(451, "4.7.1", "This mailbox has sent too much, try again later"),
        _ => new SmtpReply(552, "5.2.2", "The recipient's mailbox is full"),
    };
}

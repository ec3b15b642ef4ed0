namespace AdminPortal.Data;

/// <summary>What the API says of a mailbox's access: where it stands alone, and inside a mailbox.</summary>
public sealed record AccessAnswer(ProtocolAccess Pop3, ProtocolAccess Imap, ProtocolAccess Smtp)
{
    /// <param name="mailbox">With its layers.</param>
    /// <param name="at">The moment that exceptions are judged at.</param>
    /// <param name="reason">Words a decision in the reader's language.</param>
    public static AccessAnswer Of(MailboxWithLayers mailbox, DateTimeOffset at, Func<MailboxWithLayers, AccessDecision, string> reason)
    {
        return new(Answer(MailProtocol.Pop3), Answer(MailProtocol.Imap), Answer(MailProtocol.Smtp));

        ProtocolAccess Answer(MailProtocol protocol)
        {
            var decision = mailbox.Decide(protocol, at);
            return new(mailbox.Mailbox.Access[protocol], decision.Allowed, decision.DecidedBy, reason(mailbox, decision));
        }
    }
}

/// <param name="Setting">The mailbox's own setting.</param>
/// <param name="Effective">Whether the protocol may be used now.</param>
/// <param name="DecidedBy">Which layer decided that.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record ProtocolAccess(AccessSetting Setting, bool Effective, DecidedBy DecidedBy, string Reason);

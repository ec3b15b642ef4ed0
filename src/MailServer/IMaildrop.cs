namespace AdminPortal.MailServer;

/// <summary>
/// INBOX as POP3 sees it: a list frozen at the login. It is exclusive among POP3 sessions of all processes, and the lock goes with the
/// process that held it; IMAP sessions are not hindered. Disposing it without <see cref="UpdateAsync"/> changes nothing.
/// </summary>
public interface IMaildrop : IMessageReader, IAsyncDisposable
{
    /// <summary>INBOX's UIDVALIDITY: with the UID it makes the unique-id of UIDL, which stays the same over sessions.</summary>
    uint UidValidity { get; }

    /// <summary>By UID, ascending; the first is message 1.</summary>
    IReadOnlyList<MaildropMessage> Messages { get; }

    /// <summary>What becomes of messages that this session has downloaded, once it signs off in good order.</summary>
    AfterRetrieval AfterRetrieval { get; }

    /// <summary>
    /// QUIT's update state, all or none, durable before it returns: removes <paramref name="deleted"/> for good, and does with
    /// <paramref name="retrieved"/> as <see cref="AfterRetrieval"/> says. Not called for a connection that ends in another way, so that
    /// nobody loses a message that may not have arrived.
    /// </summary>
    /// <param name="deleted">Marked by DELE.</param>
    /// <param name="retrieved">Sent whole by RETR since the last RSET, and not among the deleted.</param>
    /// <param name="cancellationToken">See <see cref="IMailBackend"/>.</param>
    Task UpdateAsync(IReadOnlyList<uint> deleted, IReadOnlyList<uint> retrieved, CancellationToken cancellationToken);
}

/// <param name="Size">Octets, equal to what is read with <see cref="ContentScope.Whole"/>.</param>
public readonly record struct MaildropMessage(uint Uid, long Size);

/// <summary>What the server does with a message that was downloaded.</summary>
public enum AfterRetrieval
{
    /// <summary>Nothing: what goes is what the program deletes.</summary>
    Leave,

    MarkSeen,
    Delete,

    /// <summary>It goes to the folder of <see cref="SpecialUse.Archive"/>.</summary>
    Archive,
}

public abstract record OpenMaildropOutcome
{
    private OpenMaildropOutcome() { }

    /// <summary>The connection disposes the maildrop before the session.</summary>
    public sealed record Opened(IMaildrop Maildrop) : OpenMaildropOutcome;

    /// <summary>Another POP3 session has it open.</summary>
    public sealed record InUse : OpenMaildropOutcome;
}

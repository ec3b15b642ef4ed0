namespace AdminPortal.MailServer;

/// <summary>
/// INBOX as POP3 sees it: a list frozen at the login. It is exclusive among POP3 sessions of all processes, and the lock goes with the
/// process that held it; IMAP sessions are not hindered. Disposing it without <see cref="DeleteAsync"/> changes nothing.
/// </summary>
public interface IMaildrop : IMessageReader, IAsyncDisposable
{
    /// <summary>INBOX's UIDVALIDITY: with the UID it makes the unique-id of UIDL, which stays the same over sessions.</summary>
    uint UidValidity { get; }

    /// <summary>By UID, ascending; the first is message 1.</summary>
    IReadOnlyList<MaildropMessage> Messages { get; }

    /// <summary>QUIT's update state: removes these messages for good, all or none, durable before it returns.</summary>
    Task DeleteAsync(IReadOnlyList<uint> uids, CancellationToken cancellationToken);
}

/// <param name="Size">Octets, equal to what is read with <see cref="ContentScope.Whole"/>.</param>
public readonly record struct MaildropMessage(uint Uid, long Size);

public abstract record OpenMaildropOutcome
{
    private OpenMaildropOutcome() { }

    /// <summary>The connection disposes the maildrop before the session.</summary>
    public sealed record Opened(IMaildrop Maildrop) : OpenMaildropOutcome;

    /// <summary>Another POP3 session has it open.</summary>
    public sealed record InUse : OpenMaildropOutcome;
}

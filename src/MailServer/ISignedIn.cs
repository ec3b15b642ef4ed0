namespace AdminPortal.MailServer;

/// <summary>What every login leads to, wherever the mailbox is kept. Disposing it happens exactly once, when the connection ends.</summary>
public interface ISignedIn : IAsyncDisposable
{
    /// <summary>The mailbox's primary address: what was opened, not necessarily what was typed.</summary>
    string Address { get; }

    /// <summary>
    /// Completes when the backend wants this session to end, for instance because the protocol was just switched off for the mailbox. The
    /// library then says goodbye and hangs up within a second; a POP3 session ends without deleting. Never faults; may stay pending for
    /// ever.
    /// </summary>
    Task<SessionEnd> Ended { get; }
}

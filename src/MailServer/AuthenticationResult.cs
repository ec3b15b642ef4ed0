namespace AdminPortal.MailServer;

/// <summary>
/// The answer to a login: a closed set, mapped to words once per protocol. The library says the same to an unknown name and to a wrong
/// password; the backend takes the same time for both.
/// </summary>
public abstract record AuthenticationResult
{
    private AuthenticationResult() { }

    /// <summary>The session belongs to the connection, which disposes it.</summary>
    public sealed record Succeeded(IMailSession Session) : AuthenticationResult;

    /// <summary>
    /// The proof was right, and the mailbox is kept by another server, to which this one passes the connection on. The session belongs to the
    /// connection, which disposes it.
    /// </summary>
    public sealed record SignedInElsewhere(IRelayedSession Session) : AuthenticationResult
    {
        /// <summary>IMAP: what the other server said it can do.</summary>
        internal string Capabilities { get; init; } = "";
    }

    /// <summary>Unknown name, wrong password, or no right to act as the authorization identity: never told apart.</summary>
    public sealed record BadCredentials : AuthenticationResult;

    /// <summary>
    /// The proof was right, and this protocol is switched off for the mailbox. Never answered before the proof was checked.
    /// </summary>
    /// <param name="Reason">
    /// One line for the user, UTF-8: a fixed English prefix (<c>POP3 is switched off</c>, <c>IMAP4 is switched off</c>,
    /// <c>SMTP is switched off</c>), then a sentence in the mailbox's language and a help link. Longer than the protocol's line: cut at a
    /// character.
    /// </param>
    public sealed record AccessDisabled(string Reason) : AuthenticationResult;

    /// <summary>This mailbox or mechanism wants encryption that the connection does not have.</summary>
    public sealed record TlsRequired : AuthenticationResult;

    /// <summary>Too many attempts or connections; the client may come back later.</summary>
    public sealed record Throttled : AuthenticationResult;

    /// <summary>The backend cannot answer now (its database is away), or the server that keeps the mailbox.</summary>
    /// <param name="Reason">One line for the user, who has proved who they are; null where nothing was decided about the credentials.</param>
    public sealed record Unavailable(string? Reason = null) : AuthenticationResult;

    /// <summary>POP3: the server that keeps the mailbox says that another session has the maildrop open.</summary>
    public sealed record InUse : AuthenticationResult;

    /// <summary>Whoever proved who they are, whatever else stands against letting them in.</summary>
    internal bool IsProved => this is Succeeded or SignedInElsewhere or AccessDisabled or InUse or Unavailable { Reason: not null };
}

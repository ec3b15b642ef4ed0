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

    /// <summary>The backend cannot answer now (its database is away). Nothing was decided about the credentials.</summary>
    public sealed record Unavailable : AuthenticationResult;
}

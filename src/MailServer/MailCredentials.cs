namespace AdminPortal.MailServer;

/// <summary>
/// What a client offers to prove who it is. One subclass per kind of proof: <see cref="PasswordCredentials"/>,
/// <see cref="ScramCredentials"/>; a bearer token is another subclass in a file of its own. A backend that is handed a kind it does not know answers
/// <see cref="AuthenticationResult.BadCredentials"/>.
/// </summary>
public abstract class MailCredentials
{
    /// <summary>
    /// The SASL mechanism's registered name, or <c>USER</c> (POP3) and <c>LOGIN</c> (IMAP and SASL) for the old commands.
    /// </summary>
    public required string Mechanism { get; init; }

    /// <summary>Who proves: the name as the client sent it, UTF-8, 1 to 320 characters, without control characters.</summary>
    public required string AuthenticationIdentity { get; init; }

    /// <summary>
    /// As whom the client wants to act (SASL authzid), or null for itself. Never empty. When it names another mailbox, access is decided
    /// for that mailbox and <see cref="ISignedIn.Address"/> is that mailbox's; the backend decides who may do this.
    /// </summary>
    public string? AuthorizationIdentity { get; init; }

    public sealed override string ToString() => $"{Mechanism} credentials";
}

/// <summary>A password in the clear, received inside TLS only.</summary>
public sealed class PasswordCredentials : MailCredentials
{
    /// <summary>UTF-8, 1 to 1,024 characters, without NUL; not yet normalised.</summary>
    public required Secret Password { get; init; }
}

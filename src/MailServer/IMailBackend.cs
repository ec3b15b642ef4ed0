namespace AdminPortal.MailServer;

/// <summary>
/// The seam: everything the mail server asks of the house it stands in. The library speaks the protocols and knows no tenant, no password
/// and no SQL; the backend knows who may enter and where messages lie. There are two: <c>Memory</c> (reference and test double) and the
/// portal's on PostgreSQL.
/// </summary>
/// <remarks>
/// <para><b>Calls.</b> One backend serves all connections at once. The calls on one session, and on the folders and maildrops opened from
/// it, never overlap: each is awaited, and each enumeration disposed, before the next begins.</para>
/// <para><b>Durability.</b> A write that returned is durable and visible to every other session, in this process and in others. A write
/// that threw or was cancelled happened as a whole or not at all.</para>
/// <para><b>Errors.</b> What a protocol can answer is a value (an outcome). <see cref="MailStoreUnavailableException"/> says <i>later</i>:
/// the client is told so in its protocol's words and the connection goes on. Any other exception is a fault: it is logged whole, the client
/// hears one bland line, the connection ends.</para>
/// <para><b>Cancellation.</b> The token fires when the client hangs up, a deadline passes, or the session was ended.</para>
/// </remarks>
public interface IMailBackend
{
    /// <summary>
    /// Decides a login: throttle, then the proof, then access of <paramref name="protocol"/>, and records the attempt. Called only on
    /// connections with TLS. Does not throw for a database that is away: that is <see cref="AuthenticationResult.Unavailable"/>.
    /// </summary>
    Task<AuthenticationResult> AuthenticateAsync(
        MailProtocol protocol, MailCredentials credentials, MailPeer peer, CancellationToken cancellationToken);

    /// <summary>
    /// How the passwords of that name were salted, for a client that will prove one by SCRAM. It tells nothing about who exists: a name that
    /// is nobody's, or has no password, gets a salt and a count that look like any other and stay the same.
    /// </summary>
    /// <exception cref="MailStoreUnavailableException">The store is away.</exception>
    Task<PasswordSalting> FindSaltingAsync(string name, CancellationToken cancellationToken);

    /// <summary>Whether access tokens are good for any mailbox, so that OAUTHBEARER and XOAUTH2 are offered. Asked for each capability list.</summary>
    bool TakesBearerTokens => false;
}

/// <summary>The store cannot be reached or is not writable now; the same request may succeed later.</summary>
public sealed class MailStoreUnavailableException(string message, Exception? innerException = null)
    : Exception(message, innerException);

namespace AdminPortal.MailServer;

/// <summary>
/// An access token (RFC 6750), received inside TLS only. The name is whose mailbox the client wants; it is empty where the client names nobody
/// (RFC 7628, 3.1), and then the token alone says it. Nothing but the token is proof.
/// </summary>
public sealed class BearerCredentials : MailCredentials
{
    /// <summary>As it was sent; empty where the client only asks what it should have brought (RFC 7628, 4.3).</summary>
    public required Secret Token { get; init; }
}

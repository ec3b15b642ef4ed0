using AdminPortal.Data;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Sessions;

/// <summary>What lies behind a login that is let in: the mailbox itself (role <c>mail</c>), or the server that keeps it (role <c>proxy</c>).</summary>
internal interface IMailboxDoor
{
    /// <summary>For mailboxes of other pods this process answers as for names that are nobody's.</summary>
    bool Serves(PodKind kind);

    /// <summary>Opens it. The session is the answer's from now on, and leaves with it; without one it is disposed here.</summary>
    Task<AuthenticationResult> OpenAsync(Attempt attempt, LiveSession session, CancellationToken cancellationToken);
}

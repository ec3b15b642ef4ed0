using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;

namespace AdminPortal.Features.MailHosting.Sessions;

/// <summary>
/// Ends live sessions that may no longer be: whatever changed, effective access is asked again for the sessions concerned, all in one query.
/// </summary>
/// <remarks>
/// A login reads the decision, and enters its session a moment later; a change committed between the two would miss it. So every change is
/// counted before the sessions are looked at, and a login that finds the count moved looks at its own session again.
/// </remarks>
internal sealed partial class AccessEnforcement(CrossTenant crossTenant, LiveSessions live, ILogger<AccessEnforcement> logger) : IAccessChangeReader
{
    private long changes;

    public long Changes => Volatile.Read(ref changes);

    public Task<int> OnAccessChangedAsync(AccessChange change, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref changes);
        return EndOverdueAsync(Concerned(change), cancellationToken);
    }

    /// <summary>Ends those of the sessions that must end, and answers how many these were.</summary>
    public async Task<int> EndOverdueAsync(IReadOnlyList<LiveSession> sessions, CancellationToken cancellationToken)
    {
        if (sessions.Count == 0) return 0;
        var ended = 0;
        foreach (var (session, why) in await crossTenant.FindOverdueAsync(sessions, cancellationToken))
        {
            if (!session.End(why)) continue;
            LogEnded(session.Protocol, session.MailboxId, session.RemoteAddress, why);
            ended++;
        }
        return ended;
    }

    private IReadOnlyList<LiveSession> Concerned(AccessChange change) => change switch
    {
        { TenantId: null } => live.All(),
        { TenantId: { } tenantId, MailboxId: null } => live.Of(tenantId),
        { TenantId: { } tenantId, MailboxId: { } mailboxId } => live.Of(tenantId, mailboxId),
    };

    [LoggerMessage(LogLevel.Information, "An open {Protocol} session of mailbox {MailboxId} from {RemoteAddress} is ended: {Why}")]
    private partial void LogEnded(Data.MailProtocol protocol, Guid mailboxId, string remoteAddress, SessionEnding why);
}

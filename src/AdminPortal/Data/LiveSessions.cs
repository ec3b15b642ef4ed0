namespace AdminPortal.Data;

/// <summary>Why an open mail session is ended from outside.</summary>
public enum SessionEnding : short
{
    /// <summary>The protocol was switched off for the mailbox.</summary>
    AccessDisabled = 1,

    /// <summary>The mailbox is gone, or somebody ended this session.</summary>
    Disconnected = 2,

    /// <summary>The password it signed in with was changed, revoked, or has run out.</summary>
    CredentialRevoked = 3,
}

/// <summary>
/// The mail sessions that are open in this process. The mail server's backend enters and leaves them; pages show them and end them; whoever
/// hears of a change of access looks here for those concerned.
/// </summary>
public sealed class LiveSessions(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Dictionary<Guid, List<LiveSession>>> byTenantAndMailbox = [];

    /// <summary>Enters a session that has just signed in; disposing it leaves.</summary>
    /// <param name="tenantId">The mailbox's tenant.</param>
    /// <param name="mailboxId">The mailbox that is acted for.</param>
    /// <param name="protocol">The protocol it came by.</param>
    /// <param name="remoteAddress">Where it came from.</param>
    /// <param name="credentialId">The mailbox's credential it proved, or the issuer of its token; null for the tenant's own service credential.</param>
    /// <param name="endsAt">When what it proved runs out; null: that is looked up.</param>
    public LiveSession Enter(Guid tenantId, Guid mailboxId, MailProtocol protocol, string remoteAddress, Guid? credentialId, DateTimeOffset? endsAt = null)
    {
        var session = new LiveSession(this, time)
        {
            Id = Guid.CreateVersion7(),
            TenantId = tenantId,
            MailboxId = mailboxId,
            Protocol = protocol,
            RemoteAddress = remoteAddress,
            CredentialId = credentialId,
        };
        lock (gate)
        {
            if (!byTenantAndMailbox.TryGetValue(tenantId, out var byMailbox))
                byTenantAndMailbox[tenantId] = byMailbox = [];
            if (!byMailbox.TryGetValue(mailboxId, out var sessions))
                byMailbox[mailboxId] = sessions = [];
            sessions.Add(session);
        }
        if (endsAt is { } end) session.EndAt(end);
        return session;
    }

    public IReadOnlyList<LiveSession> All()
    {
        lock (gate) return [.. byTenantAndMailbox.Values.SelectMany(byMailbox => byMailbox.Values).SelectMany(sessions => sessions)];
    }

    public IReadOnlyList<LiveSession> Of(Guid tenantId)
    {
        lock (gate) return byTenantAndMailbox.TryGetValue(tenantId, out var byMailbox) ? [.. byMailbox.Values.SelectMany(sessions => sessions)] : [];
    }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<LiveSession> Of(Guid tenantId, Guid mailboxId)
    {
        lock (gate)
            return byTenantAndMailbox.TryGetValue(tenantId, out var byMailbox) && byMailbox.TryGetValue(mailboxId, out var sessions) ? [.. sessions] : [];
    }

    /// <summary>Ends one session of a mailbox. False when it is not open in this process, or ends already.</summary>
    public bool End(Guid tenantId, Guid mailboxId, Guid sessionId) =>
        Of(tenantId, mailboxId).FirstOrDefault(s => s.Id == sessionId)?.End(SessionEnding.Disconnected) ?? false;

    internal void Leave(LiveSession session)
    {
        lock (gate)
        {
            if (!byTenantAndMailbox.TryGetValue(session.TenantId, out var byMailbox) || !byMailbox.TryGetValue(session.MailboxId, out var sessions)) return;
            sessions.Remove(session);
            if (sessions.Count == 0) byMailbox.Remove(session.MailboxId);
            if (byMailbox.Count == 0) byTenantAndMailbox.Remove(session.TenantId);
        }
    }
}

/// <summary>One open mail session.</summary>
public sealed class LiveSession : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private readonly LiveSessions sessions;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource<SessionEnding> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long idleSince;
    private ITimer? ending;

    internal LiveSession(LiveSessions sessions, TimeProvider time)
    {
        (this.sessions, this.time) = (sessions, time);
        SignedInAt = time.GetUtcNow();
        idleSince = SignedInAt.UtcTicks;
    }

    public Guid Id { get; internal init; }

    public Guid TenantId { get; internal init; }

    public Guid MailboxId { get; internal init; }

    public MailProtocol Protocol { get; internal init; }

    public required string RemoteAddress { get; init; }

    public DateTimeOffset SignedInAt { get; }

    /// <summary>When it last asked for something.</summary>
    public DateTimeOffset IdleSince => new(Volatile.Read(ref idleSince), TimeSpan.Zero);

    /// <summary>The <see cref="MailCredential"/> it signed in with, or the <see cref="MailTokenIssuer"/>; null for a connectivity check by the tenant's service credential.</summary>
    public Guid? CredentialId { get; internal init; }

    /// <summary>Completes when the session is to end; stays pending for one that ends by itself.</summary>
    public Task<SessionEnding> Ended => ended.Task;

    public void Touch() => Volatile.Write(ref idleSince, time.GetUtcNow().UtcTicks);

    /// <summary>Asks the mail server to say goodbye and hang up. False when it was asked before.</summary>
    public bool End(SessionEnding why) => ended.TrySetResult(why);

    public void Dispose()
    {
        ending?.Dispose();
        sessions.Leave(this);
    }

    internal void EndAt(DateTimeOffset end)
    {
        var left = end - time.GetUtcNow();
        // A timer waits 49 days at most; a session that long is ended by something else.
        if (left < Longest) ending = time.CreateTimer(_ => End(SessionEnding.CredentialRevoked), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}

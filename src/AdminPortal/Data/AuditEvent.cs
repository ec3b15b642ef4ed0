using System.Text.Json;

namespace AdminPortal.Data;

/// <summary>A change that an administrator, a token or a job made. Written in the transaction of the change; never altered.</summary>
public sealed class AuditEvent : ITenantOwned
{
    public Guid TenantId { get; init; }

    public long Id { get; private set; }

    /// <summary>The database's clock at the change.</summary>
    public DateTimeOffset At { get; private set; }

    public required string ActorName { get; init; }

    public ActorKind ActorKind { get; init; }

    public Guid? ActorId { get; init; }

    /// <summary>What was done, as <c>thing.verb</c>: see <see cref="AuditActions"/>.</summary>
    public required string Action { get; init; }

    /// <summary>The kind of thing changed: <c>mailbox</c>, <c>plan</c>, <c>domain</c>, <c>tenant</c> …</summary>
    public required string TargetKind { get; init; }

    public Guid? TargetId { get; init; }

    /// <summary>What the target was called then: an address, a name.</summary>
    public required string Target { get; init; }

    /// <summary>The members that changed, as they were. Secrets appear as the word "changed".</summary>
    public JsonDocument? Before { get; init; }

    public JsonDocument? After { get; init; }

    public string? Reason { get; init; }

    public Guid? OperationId { get; init; }

    public string? RemoteAddress { get; init; }

    public string? UserAgent { get; init; }
}

/// <summary>
/// A link of a tenant's chain: what was committed to the trail since the link before, proven by the hash. Written by the database alone
/// (migrations/Sql/audit-chain.sql), which also keeps there what verification needs and nobody else asks for.
/// </summary>
public sealed class AuditSeal : ITenantOwned
{
    public Guid TenantId { get; init; }

    /// <summary>From 1, without gaps.</summary>
    public long Number { get; private set; }

    public DateTimeOffset At { get; private set; }

    /// <summary>How many events it covers.</summary>
    public int Events { get; private set; }

    /// <summary>The lowest id that it covers. Late transactions make the spans of neighbours overlap.</summary>
    public long FirstEvent { get; private set; }

    public long LastEvent { get; private set; }

    /// <summary>SHA-256 over all of it and over the hash of the seal before.</summary>
    public byte[] Hash { get; private set; } = [];
}

/// <summary>How long a tenant keeps its audit trail. Without a row, for ever.</summary>
public sealed class AuditRetention : ITenantOwned, IVersioned
{
    public const int FewestDays = 30;
    public const int MostDays = 36_500;

    public Guid TenantId { get; init; }

    public int KeepDays { get; set; }

    public long Version { get; set; } = 1;
}

/// <summary>The closed list of what the audit trail can say was done.</summary>
public static class AuditActions
{
    public const string MailAccessChanged = "mailAccess.changed";
    public const string MailboxCreated = "mailbox.created";
    public const string MailboxChanged = "mailbox.changed";
    public const string MailboxDeleted = "mailbox.deleted";
    public const string MailboxPasswordSet = "mailbox.passwordSet";
    public const string AppPasswordCreated = "appPassword.created";
    public const string AppPasswordChanged = "appPassword.changed";
    public const string AppPasswordRevoked = "appPassword.revoked";
    public const string ProtocolLogStarted = "protocolLog.started";
    public const string ProtocolLogRemoved = "protocolLog.removed";
    public const string MailSignInChanged = "mailSignIn.changed";
    public const string TenantCreated = "tenant.created";
    public const string TenantChanged = "tenant.changed";
    public const string TenantEntered = "tenant.entered";
    public const string TenantLeft = "tenant.left";
    public const string MemberInvited = "member.invited";
    public const string MemberInvitedAgain = "member.invitedAgain";
    public const string MemberInvitationWithdrawn = "member.invitationWithdrawn";
    public const string MemberJoined = "member.joined";
    public const string MemberChanged = "member.changed";
    public const string MemberRemoved = "member.removed";
    public const string PasswordResetAsked = "account.passwordResetAsked";
    public const string PasswordReset = "account.passwordReset";
    public const string PlanCreated = "plan.created";
    public const string PlanChanged = "plan.changed";
    public const string PlanDeleted = "plan.deleted";
    public const string PodChanged = "pod.changed";
    public const string ServiceCredentialSet = "serviceCredential.set";
    public const string ServiceCredentialCleared = "serviceCredential.cleared";
    public const string DomainCreated = "domain.created";
    public const string DomainChanged = "domain.changed";
    public const string DomainClaimed = "domain.claimed";
    public const string DomainProven = "domain.proven";
    public const string DomainClaimExpired = "domain.claimExpired";
    public const string DomainDeleted = "domain.deleted";
    public const string SignInPolicyChanged = "signInPolicy.changed";
    public const string SignInProviderCreated = "signInProvider.created";
    public const string SignInProviderChanged = "signInProvider.changed";
    public const string SignInProviderDeleted = "signInProvider.deleted";
    public const string SignInProviderProven = "signInProvider.proven";
    public const string RoleByClaims = "member.byClaims";
    public const string MailboxOwnerByAddress = "mailbox.ownerByAddress";
    public const string TokenCreated = "token.created";
    public const string TokenRevoked = "token.revoked";
    public const string TokenChanged = "token.changed";
    public const string TokenRotated = "token.rotated";
    public const string SignedIn = "session.signedIn";
    public const string SignedOut = "session.signedOut";
    public const string SessionsEnded = "session.othersEnded";
    public const string PasswordChanged = "account.passwordChanged";
    public const string AuthenticatorAdded = "account.authenticatorAdded";
    public const string AuthenticatorRemoved = "account.authenticatorRemoved";
    public const string RecoveryCodesMade = "account.recoveryCodesMade";
    public const string PasskeyAdded = "account.passkeyAdded";
    public const string PasskeyRemoved = "account.passkeyRemoved";
    public const string LetIn = "throttle.letIn";
    public const string ImportApplied = "import.applied";
    public const string OperationUndone = "operation.undone";
    public const string ConnectionSettingsChanged = "connectionSettings.changed";
    public const string ClientPreferencesChanged = "clientPreferences.changed";
    public const string AuditRetentionChanged = "audit.retentionChanged";
    public const string AuditReleased = "audit.released";
    public const string SessionEnded = "mailSession.ended";
}

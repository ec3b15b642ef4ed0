using System.Text.Json;

namespace AdminPortal.Data;

/// <summary>Sign-ins of one mailbox that were alike, folded into one row.</summary>
public sealed class SignInAttempt : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid MailboxId { get; init; }

    public MailProtocol Protocol { get; init; }

    public required string RemoteAddress { get; init; }

    /// <summary>The SASL mechanism, or <c>USER</c> and <c>LOGIN</c> for the commands of that name.</summary>
    public required string Mechanism { get; init; }

    public MailSignInResult Result { get; init; }

    public DateTimeOffset FirstAt { get; init; }

    public DateTimeOffset LastAt { get; set; }

    public int Count { get; set; }
}

/// <summary>A kept result of signing in to a mailbox's endpoint as a mail program would.</summary>
public sealed class ConnectivityCheck : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid MailboxId { get; init; }

    public MailProtocol Protocol { get; init; }

    /// <summary><c>host:port</c> and security, as they were tried.</summary>
    public required string Endpoint { get; init; }

    /// <summary><c>given</c> or <c>service</c>.</summary>
    public required string Credential { get; init; }

    public required string Verdict { get; init; }

    public string? Cause { get; init; }

    public int DurationMs { get; init; }

    /// <summary>Each step with outcome, duration and the server's words, redacted.</summary>
    public required JsonDocument Steps { get; init; }

    public required string RequestedBy { get; init; }

    public DateTimeOffset At { get; init; }
}

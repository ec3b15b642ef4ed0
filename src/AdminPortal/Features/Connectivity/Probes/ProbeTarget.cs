using System.Net;
using AdminPortal.Data;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>Where a probe goes. <paramref name="Addresses"/> have been looked up and judged already: nothing is resolved again.</summary>
/// <param name="Protocol">What is spoken there.</param>
/// <param name="Host">The name that the certificate must bear.</param>
/// <param name="Port">As saved.</param>
/// <param name="Security">How TLS begins.</param>
/// <param name="Addresses">Tried in this order.</param>
internal sealed record ProbeTarget(MailProtocol Protocol, string Host, int Port, ConnectionSecurity Security, IReadOnlyList<IPAddress> Addresses);

/// <summary>With what a probe signs in.</summary>
/// <param name="AuthenticationIdentity">Who proves.</param>
/// <param name="AuthorizationIdentity">Whom they act as; null for themselves.</param>
/// <param name="Password">Kept in memory for the length of the check.</param>
internal sealed record ProbeCredential(string AuthenticationIdentity, string? AuthorizationIdentity, string Password)
{
    /// <summary>A record would print its members, the password with them.</summary>
    public override string ToString() => nameof(ProbeCredential);
}

/// <summary>What a probe found out.</summary>
/// <param name="Steps">In the order in which they happened.</param>
/// <param name="SignedIn">The server accepted the credential.</param>
/// <param name="Cause">Why it went no further; null where nothing failed, or where there was nothing to sign in with.</param>
internal sealed record ProbeResult(IReadOnlyList<ProbeStep> Steps, bool SignedIn, FailureCause? Cause)
{
    /// <summary>Whether the credential was offered at all.</summary>
    public bool TriedToSignIn => Steps.Any(step => step is { Name: StepName.Authenticate, Outcome: not StepOutcome.Skipped });
}

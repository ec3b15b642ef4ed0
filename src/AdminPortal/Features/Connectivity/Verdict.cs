using AdminPortal.Features.Connectivity.Probes;

namespace AdminPortal.Features.Connectivity;

/// <summary>What a check means, once what happened is compared with what the switches say.</summary>
internal enum Verdict
{
    /// <summary>On, and it works.</summary>
    WorksAsAllowed,

    /// <summary>On, but something is in the way: the cause says what.</summary>
    FailsThoughAllowed,

    /// <summary>Off, and the server refused because it is off.</summary>
    RefusedAsDenied,

    /// <summary>Off, and the server let the mailbox in: an alarm.</summary>
    WorksThoughDenied,

    /// <summary>Nothing can be concluded.</summary>
    Inconclusive,
}

internal static class Verdicts
{
    /// <summary>The verdict on one result. Pure.</summary>
    /// <param name="allowedBefore">Effective access when the check began.</param>
    /// <param name="allowedAfter">And when it had ended: a switch that moved in between makes the result nobody's fault.</param>
    /// <param name="result">What the probe found.</param>
    /// <remarks>
    /// A denial is only proven by a refusal that is about policy. A wrong password, a timeout or a missing name would refuse an allowed
    /// mailbox just as well.
    /// </remarks>
    public static Verdict Of(bool allowedBefore, bool allowedAfter, ProbeResult result)
    {
        if (allowedBefore != allowedAfter) return Verdict.Inconclusive;
        return allowedBefore ? OfAllowed(result) : OfDenied(result);
    }

    private static Verdict OfAllowed(ProbeResult result) => result switch
    {
        { SignedIn: true, Cause: null or FailureCause.IdleMissing } => Verdict.WorksAsAllowed,
        // It went well as far as it went: there was no credential to sign in with.
        { SignedIn: false, Cause: null } => Verdict.Inconclusive,
        // An endpoint without TLS: we would not offer the credential, so the server was never asked.
        { Cause: FailureCause.PlaintextRefused, TriedToSignIn: false } => Verdict.Inconclusive,
        _ => Verdict.FailsThoughAllowed,
    };

    // Once the server has accepted the sign-in, what fails after it does not make the alarm a lesser one.
    private static Verdict OfDenied(ProbeResult result) => result switch
    {
        { SignedIn: true } => Verdict.WorksThoughDenied,
        { Cause: FailureCause.ProtocolDisabled } => Verdict.RefusedAsDenied,
        _ => Verdict.Inconclusive,
    };
}

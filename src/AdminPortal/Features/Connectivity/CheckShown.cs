using AdminPortal.Data;
using AdminPortal.Features.Connectivity.Probes;
using AdminPortal.Features.Shared;

namespace AdminPortal.Features.Connectivity;

/// <summary>How a check is shown on a page: its keys in the room's texts, and how it stands.</summary>
internal static class CheckShown
{
    public static Standing Standing(this Verdict verdict) => verdict switch
    {
        Verdict.WorksAsAllowed or Verdict.RefusedAsDenied => Shared.Standing.Good,
        Verdict.FailsThoughAllowed or Verdict.WorksThoughDenied => Shared.Standing.Bad,
        _ => Shared.Standing.Warning,
    };

    public static string Key(this Verdict verdict) => $"Verdict{verdict}";

    /// <summary>The same for the owner, who does not know what a verdict is.</summary>
    public static string OwnerKey(this Verdict verdict) => $"Own{verdict}";

    public static string Key(this FailureCause cause) => $"Cause{cause}";

    public static string Key(this StepName step) => $"Step{step}";

    /// <summary>A refusal that is as it should be is no failure to whoever reads.</summary>
    public static Standing StandingOf(this KeptCheck check, ProbeStep step) => step.Outcome switch
    {
        StepOutcome.Succeeded => Shared.Standing.Good,
        StepOutcome.Failed => check.Verdict == Verdict.RefusedAsDenied ? Shared.Standing.Good : Shared.Standing.Bad,
        _ => Shared.Standing.Open,
    };

    public static string KeyOf(this KeptCheck check, ProbeStep step) =>
        step.Outcome == StepOutcome.Failed && check.Verdict == Verdict.RefusedAsDenied ? "StepRefused" : $"Step{step.Outcome}";

    /// <summary>Why nothing could be concluded where no step failed: there was nothing to sign in with.</summary>
    public static bool LacksCredential(this KeptCheck check) => check is { Verdict: Verdict.Inconclusive, Cause: null };

    /// <summary>The address and the key of the security's name, from the row's <c>host:port security</c>.</summary>
    public static (string Address, string SecurityKey) Endpoint(string words) => words.Split(' ') switch
    {
        [var address, var security] when Enum.TryParse<ConnectionSecurity>(security, ignoreCase: true, out var known) => (address, $"Security{known}"),
        _ => (words, ""),
    };

    public static string ProtocolName(this KeptCheck check) => check.Row.Protocol.Name();
}

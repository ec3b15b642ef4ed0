namespace AdminPortal.Features.Shared;

/// <summary>A kept check compared with what holds now: its verdict was about a switch that may have moved since.</summary>
internal static class KeptVerdict
{
    /// <param name="verdict">As it is stored.</param>
    /// <param name="allowedNow">Effective access now; null where it is not known, and nothing can be said.</param>
    public static bool IsOvertaken(string verdict, bool? allowedNow) => verdict switch
    {
        "worksAsAllowed" or "failsThoughAllowed" => allowedNow == false,
        "refusedAsDenied" or "worksThoughDenied" => allowedNow == true,
        _ => false,
    };
}

using AdminPortal.Data;

namespace AdminPortal.Features.Shared;

/// <summary>A kept check compared with what holds now: its verdict was about a switch that may have moved since.</summary>
internal static class KeptVerdict
{
    /// <summary>Those of the checks whose switch still stands as it stood then.</summary>
    /// <param name="db">Where access is read.</param>
    /// <param name="checks">In the order in which they come back.</param>
    /// <param name="about">What a check was about, and its verdict as it is stored.</param>
    /// <param name="now">The moment for which access is decided.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public static async Task<IReadOnlyList<T>> StandingAsync<T>(
        PortalDbContext db, IReadOnlyCollection<T> checks, Func<T, (Guid Mailbox, MailProtocol Protocol, string Verdict)> about, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var mailboxes = await db.LoadAccessLayersAsync([.. checks.Select(check => about(check).Mailbox).Distinct()], now, cancellationToken);
        return [.. checks.Where(check => about(check) is var (mailbox, protocol, verdict)
            && !IsOvertaken(verdict, mailboxes.GetValueOrDefault(mailbox)?.Decide(protocol, now).Allowed))];
    }

    /// <param name="verdict">As it is stored.</param>
    /// <param name="allowedNow">Effective access now; null where it is not known, and nothing can be said.</param>
    public static bool IsOvertaken(string verdict, bool? allowedNow) => verdict switch
    {
        "worksAsAllowed" or "failsThoughAllowed" => allowedNow == false,
        "refusedAsDenied" or "worksThoughDenied" => allowedNow == true,
        _ => false,
    };
}

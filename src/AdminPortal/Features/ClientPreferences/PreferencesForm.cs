using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using Preferences = AdminPortal.Data.ClientPreferences;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>What the pages of a mailbox and of a plan ask for. Nothing chosen is inherited.</summary>
internal sealed class PreferencesForm
{
    private const long Mega = 1024 * 1024;
    private const int MostMegabytes = 16 * 1024 * 1024;

    public SendReceive? SendReceive { get; set; }

    [Display(Name = "IntervalMinutes"), Range(ClientAdvice.LeastInterval, ClientAdvice.MostInterval)]
    public short? IntervalMinutes { get; set; }

    public bool? KeepCopyOnServer { get; set; }

    public bool? UseIdle { get; set; }

    public AfterDownload? AfterDownload { get; set; }

    [Display(Name = "QuotaMegabytes"), Range(0, MostMegabytes)]
    public int? QuotaMegabytes { get; set; }

    public Preferences Preferences => new(SendReceive, IntervalMinutes, KeepCopyOnServer, UseIdle, AfterDownload);

    /// <summary>A quota that was set in octets by the API and is shown as the same number of megabytes stays as it is.</summary>
    public long? Quota(long? now) => QuotaMegabytes == Megabytes(now) ? now : QuotaMegabytes * Mega;

    public static PreferencesForm Of(Preferences preferences, long? quota) => new()
    {
        SendReceive = preferences.SendReceive,
        IntervalMinutes = preferences.IntervalMinutes,
        KeepCopyOnServer = preferences.KeepCopyOnServer,
        UseIdle = preferences.UseIdle,
        AfterDownload = preferences.AfterDownload,
        QuotaMegabytes = Megabytes(quota),
    };

    private static int? Megabytes(long? octets) => octets is { } set ? (int)Math.Min(MostMegabytes, set / Mega) : null;
}

/// <param name="Form">What is set.</param>
/// <param name="Inherited">What holds where nothing is set.</param>
/// <param name="InheritedQuota">The same, in octets.</param>
/// <param name="Back">The page to go back to.</param>
internal sealed record FormShown(PreferencesForm Form, ClientAdvice Inherited, long InheritedQuota, string Back);

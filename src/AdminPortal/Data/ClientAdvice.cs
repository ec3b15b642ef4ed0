namespace AdminPortal.Data;

/// <summary>
/// How a mail program is best set up for one mailbox: its own preference, else its plan's, else the product's. Advice and not enforcement:
/// a program decides for itself when it connects. What happens to a message after a download is the mail server's own doing.
/// </summary>
public sealed record ClientAdvice(
    Advised<SendReceive> SendReceive, Advised<short> IntervalMinutes, Advised<bool> KeepCopyOnServer, Advised<bool> UseIdle, Advised<AfterDownload> AfterDownload)
{
    /// <summary>Often enough for a device that is always connected, seldom enough for a server with many of them.</summary>
    public const short UsualInterval = 10;

    public const short LeastInterval = 1;
    public const short MostInterval = 1440;

    /// <param name="mailbox">The mailbox's own preferences.</param>
    /// <param name="plan">Its plan's; null for a mailbox without one.</param>
    public static ClientAdvice For(ClientPreferences mailbox, ClientPreferences? plan) => new(
        Nearest(mailbox.SendReceive, plan?.SendReceive, Data.SendReceive.EveryMinutes),
        Nearest(mailbox.IntervalMinutes, plan?.IntervalMinutes, UsualInterval),
        // Most people read mail on more than one device.
        Nearest(mailbox.KeepCopyOnServer, plan?.KeepCopyOnServer, true),
        Nearest(mailbox.UseIdle, plan?.UseIdle, true),
        Nearest(mailbox.AfterDownload, plan?.AfterDownload, Data.AfterDownload.Leave));

    private static Advised<T> Nearest<T>(T? mailbox, T? plan, T usual) where T : struct => (mailbox, plan) switch
    {
        ({ } own, _) => new(own, own, AdvisedBy.Mailbox),
        (null, { } byPlan) => new(null, byPlan, AdvisedBy.Plan),
        _ => new(null, usual, AdvisedBy.Default),
    };
}

/// <param name="Setting">The mailbox's own; null where it inherits.</param>
/// <param name="Effective">What holds.</param>
/// <param name="DecidedBy">Who said so.</param>
public sealed record Advised<T>(T? Setting, T Effective, AdvisedBy DecidedBy) where T : struct;

public enum AdvisedBy : short
{
    Mailbox = 1,
    Plan = 2,
    Default = 3,
}

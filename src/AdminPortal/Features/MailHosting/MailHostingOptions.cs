namespace AdminPortal.Features.MailHosting;

/// <summary>What answering the mail server may cost; section <c>MailHosting</c>.</summary>
internal sealed class MailHostingOptions
{
    public const string Section = "MailHosting";

    /// <summary>Password derivations at the same time; null: one for each processor. Each takes a processor for 1 to 30 ms.</summary>
    public int? Derivations { get; set; }

    /// <summary>Logins that may wait for a derivation; whoever comes then is told to come back later.</summary>
    public int DerivationQueue { get; set; } = 256;

    /// <summary>How often live sessions are looked at without a reason: an exception that starts or ends by the clock tells nobody.</summary>
    public TimeSpan SessionSweep { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a message that was removed may still be read by whoever began to.</summary>
    public TimeSpan ContentGrace { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Folders of one mailbox.</summary>
    public int Folders { get; set; } = 2_000;

    /// <summary>Octets a mailbox may hold where nothing else is set for it; null: as many as there is room for.</summary>
    public long? Quota { get; set; }

    /// <summary>Rows kept of a mailbox's sign-ins: the oldest go first.</summary>
    public int SignInsKept { get; set; } = 200;

    public IEnumerable<string> Errors()
    {
        foreach (var (name, value) in new[]
        {
            (nameof(Derivations), Derivations ?? 1), (nameof(DerivationQueue), DerivationQueue), (nameof(Folders), Folders), (nameof(SignInsKept), SignInsKept),
        })
            if (value < 1)
                yield return $"{Section}:{name} is {value}; it must be at least 1.";
        if (Quota < 1)
            yield return $"{Section}:{nameof(Quota)} is {Quota}; it must be at least 1, or absent.";
        foreach (var (name, value) in new[] { (nameof(SessionSweep), SessionSweep), (nameof(ContentGrace), ContentGrace) })
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(1))
                yield return $"{Section}:{name} is {value}; it must lie between a second and a day.";
    }
}

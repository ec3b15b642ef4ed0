namespace AdminPortal.Features.MailHosting;

/// <summary>When the mail server's house looks after itself; section <c>MailHosting</c>. What it puts up with stands under <c>Limits</c>.</summary>
internal sealed class MailHostingOptions
{
    public const string Section = "MailHosting";

    /// <summary>How often live sessions are looked at without a reason: an exception that starts or ends by the clock tells nobody.</summary>
    public TimeSpan SessionSweep { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a message that was removed may still be read by whoever began to.</summary>
    public TimeSpan ContentGrace { get; set; } = TimeSpan.FromHours(1);

    public IEnumerable<string> Errors()
    {
        foreach (var (name, value) in new[] { (nameof(SessionSweep), SessionSweep), (nameof(ContentGrace), ContentGrace) })
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(1))
                yield return $"{Section}:{name} is {value}; it must lie between a second and a day.";
    }
}

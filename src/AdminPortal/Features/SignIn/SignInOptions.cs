namespace AdminPortal.Features.SignIn;

/// <summary>How signing in behaves; section <c>SignIn</c>.</summary>
internal sealed class SignInOptions
{
    public const string Section = "SignIn";

    /// <summary>After this long without a request a session is over.</summary>
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromHours(2);

    /// <summary>After this long every session is over, however busy it is.</summary>
    public TimeSpan SessionLasts { get; set; } = TimeSpan.FromHours(12);

    /// <summary>For how long a proof is recent enough for a dangerous change.</summary>
    public TimeSpan ProofLasts { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many characters a new password must have. Fifteen where nothing else may be asked for (NIST SP 800-63B-4, 3.1.1.2).</summary>
    public int PasswordLength { get; set; } = 15;

    public IEnumerable<string> Errors()
    {
        if (SessionIdle < TimeSpan.FromMinutes(5) || SessionLasts < SessionIdle || SessionLasts > TimeSpan.FromDays(30))
            yield return $"{Section}:{nameof(SessionIdle)} is {SessionIdle} and {Section}:{nameof(SessionLasts)} is {SessionLasts}; "
                + "the first must be at least 5 minutes, the second at least as long and at most 30 days.";
        if (PasswordLength is < 8 or > 64)
            yield return $"{Section}:{nameof(PasswordLength)} is {PasswordLength}; it must be from 8 to 64.";
        if (ProofLasts < TimeSpan.FromMinutes(1) || ProofLasts > TimeSpan.FromHours(1))
            yield return $"{Section}:{nameof(ProofLasts)} is {ProofLasts}; it must be from 1 minute to 1 hour.";
    }
}

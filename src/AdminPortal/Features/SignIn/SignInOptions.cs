namespace AdminPortal.Features.SignIn;

/// <summary>How signing in behaves; section <c>SignIn</c>.</summary>
internal sealed class SignInOptions
{
    public const string Section = "SignIn";

    /// <summary>
    /// How long a refusal takes at least. Longer than any refusal takes by itself, so that its time says nothing about whether the name
    /// is known; and it slows down guessing.
    /// </summary>
    public TimeSpan RefusalTakes { get; set; } = TimeSpan.FromMilliseconds(500);

    public IEnumerable<string> Errors()
    {
        if (RefusalTakes < TimeSpan.Zero || RefusalTakes > TimeSpan.FromSeconds(10))
            yield return $"{Section}:{nameof(RefusalTakes)} is {RefusalTakes}; it must be from 0 to 10 seconds.";
    }
}

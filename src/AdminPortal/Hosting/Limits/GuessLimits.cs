using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// How many wrong passwords, codes and tokens are answered, over all doors and processes together. A fifth of what an account and an address
/// may use is kept for addresses that the account was entered from before. The right password never counts.
/// </summary>
internal sealed class GuessLimits
{
    /// <summary>At one account, from anywhere, in one span.</summary>
    public int PerAccount { get; set; } = 10;

    /// <summary>From one address (IPv6: one /64) in one span, at any account.</summary>
    public int PerAddress { get; set; } = 60;

    /// <summary>The same for the /26 (IPv6: /48) around it.</summary>
    public int PerNetwork { get; set; } = 180;

    /// <summary>The same for the /21 (IPv6: /32) around that.</summary>
    public int PerWideNetwork { get; set; } = 600;

    /// <summary>In which the four above are counted. Over any span of that length, not by the clock.</summary>
    public TimeSpan Span { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>At one account from one address, before the delays begin.</summary>
    public int Free { get; set; } = 3;

    /// <summary>After those; it doubles with each further guess.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Where doubling ends.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long it takes at least to be told that a password is wrong. Longer than the work for any name, so that the time says nothing about
    /// whether the name is somebody's, whose password may cost more or less to compare; and it slows down guessing.
    /// </summary>
    public TimeSpan RefusalTakes { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a guess makes the next ones slower.</summary>
    public TimeSpan Memory { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Of <see cref="PerAddress"/>, how often one address may repeat, in one process, what was wrong for the same account from there before.
    /// That is no new guess and costs nobody the way in, but each costs a processor its milliseconds.
    /// </summary>
    public int Repeats { get; set; } = 12;

    /// <summary>Guesses remembered at most, and names and addresses in the memory of each process.</summary>
    public int Remembered { get; set; } = 1_000_000;

    public GuessRule Rule => new(PerAccount, PerAddress - Repeats, PerNetwork, PerWideNetwork, Span, Free, FirstDelay, LongestDelay, Memory);

    public IEnumerable<string> Errors(string section)
    {
        if (LongestDelay < FirstDelay)
            yield return $"{section}:{nameof(LongestDelay)} is {LongestDelay}, shorter than {section}:{nameof(FirstDelay)}.";
        if (RefusalTakes > TimeSpan.FromSeconds(10))
            yield return $"{section}:{nameof(RefusalTakes)} is {RefusalTakes}; it must be at most 10 seconds.";
        if (Repeats >= PerAddress)
            yield return $"{section}:{nameof(Repeats)} is {Repeats}; it must leave something of {section}:{nameof(PerAddress)}, which is {PerAddress}.";
        if (Memory < Span)
            yield return $"{section}:{nameof(Memory)} is {Memory}, shorter than {section}:{nameof(Span)}.";
    }
}

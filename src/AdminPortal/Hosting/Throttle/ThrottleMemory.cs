using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// What this process remembers so that the database is asked only when it has to be: who was let in from where, who guessed wrong lately,
/// which passwords were wrong, who is held off. Each is bounded; what does not fit is asked of the database. Who fails cannot push out what is
/// remembered of those who succeed.
/// </summary>
internal sealed class ThrottleMemory : IDisposable
{
    /// <summary>So long at most is a wait believed without asking again: then whoever was let in by an administrator is in.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    /// <summary>Passwords of one account from one address that are remembered as wrong.</summary>
    private const int MostMarks = 16;

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly GuessLimits limits;
    private readonly TimeProvider time;
    private readonly MemoryCache trusted, uneasy, wrong, held, repeats;

    public ThrottleMemory(IOptions<LimitsOptions> options, TimeProvider time)
    {
        (limits, this.time) = (options.Value.Guesses, time);
        (trusted, uneasy, wrong, held, repeats) = (Bounded(), Bounded(), Bounded(), Bounded(), Bounded());
    }

    /// <summary>By which the same secret for the same account is recognised; useless outside this process.</summary>
    public string Mark(string account, string secret) =>
        Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Guess.Normalise(account)}\0{secret}")), 0, 16);

    public bool IsKnownWrong(Guess guess) =>
        guess.Mark is { } mark && wrong.TryGetValue<Marks>(Pair(guess), out var marks) && marks!.Contains(mark);

    public void NoteWrong(Guess guess)
    {
        if (guess.Mark is { } mark)
        {
            var marks = Find(wrong, Pair(guess), limits.Memory, () => new Marks());
            marks.Add(mark);
        }
        Set(uneasy, AccountKey(guess), true, limits.Span);
        Set(uneasy, guess.From.Address, true, limits.Span);
        trusted.Remove(Pair(guess));
    }

    public void ForgetWrong(Guess guess) => wrong.Remove(Pair(guess));

    /// <summary>Whether a secret that was wrong before is looked at again.</summary>
    public bool MayRepeat(Guess guess) => Find(repeats, guess.From.Address, limits.Memory, () => new Lately()).TryAdd(limits.Repeats, limits.Span, time);

    public void HoldOff(Guess guess, TimeSpan wait, string by)
    {
        var until = time.GetTimestamp() + (long)((wait < Believed ? wait : Believed).TotalSeconds * time.TimestampFrequency);
        Set(held, Pair(guess), new Hold(until, wait, time.GetTimestamp(), by), Believed);
    }

    /// <returns>Null where the database must be asked.</returns>
    public (TimeSpan Time, string By)? HeldOffFor(Guess guess) =>
        held.TryGetValue<Hold>(Pair(guess), out var hold) && time.GetTimestamp() < hold!.Until
            ? (hold.Wait - time.GetElapsedTime(hold.Since), hold.By)
            : null;

    public void Trust(Guess guess)
    {
        if (guess.Account is not null) Set(trusted, Pair(guess), true, limits.Memory);
    }

    /// <summary>Whether the account was entered from there before, and nobody guesses at either.</summary>
    public bool Trusts(Guess guess) =>
        trusted.TryGetValue(Pair(guess), out _) && !uneasy.TryGetValue(AccountKey(guess), out _) && !uneasy.TryGetValue(guess.From.Address, out _);

    public void Dispose()
    {
        foreach (var cache in new[] { trusted, uneasy, wrong, held, repeats }) cache.Dispose();
    }

    private MemoryCache Bounded() => new(new MemoryCacheOptions { SizeLimit = Math.Min(limits.Remembered, 200_000) });

    private static (string?, string) Pair(Guess guess) => (guess.Account, guess.From.Address);

    // An account and an address may be spelled alike.
    private static string AccountKey(Guess guess) => $"@ {guess.Account}";

    private static void Set<T>(MemoryCache cache, object key, T value, TimeSpan life) =>
        cache.Set(key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = life });

    // Two that come first at once may each make one: then one of them is lost, which costs a count too few in memory and none in the database.
    private static T Find<T>(MemoryCache cache, object key, TimeSpan life, Func<T> make) where T : class
    {
        if (cache.TryGetValue<T>(key, out var found)) return found!;
        var made = make();
        Set(cache, key, made, life);
        return made;
    }

    private sealed record Hold(long Until, TimeSpan Wait, long Since, string By);

    /// <summary>What happened within the last span, wherever it begins.</summary>
    private sealed class Lately
    {
        private readonly Queue<long> times = new();

        public bool TryAdd(int most, TimeSpan span, TimeProvider time)
        {
            lock (times)
            {
                while (times.TryPeek(out var first) && time.GetElapsedTime(first) >= span) times.Dequeue();
                if (times.Count >= most) return false;
                times.Enqueue(time.GetTimestamp());
                return true;
            }
        }
    }

    /// <summary>The last few wrong secrets of one account from one address.</summary>
    private sealed class Marks
    {
        private readonly Queue<string> marks = new();

        public bool Contains(string mark)
        {
            lock (marks) return marks.Contains(mark);
        }

        public void Add(string mark)
        {
            lock (marks)
            {
                marks.Enqueue(mark);
                if (marks.Count > MostMarks) marks.Dequeue();
            }
        }
    }
}

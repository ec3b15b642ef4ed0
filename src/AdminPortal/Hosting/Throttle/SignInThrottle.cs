using System.Diagnostics;
using System.Net;
using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The one throttle of all five doors. Whoever offers a secret asks for a turn first, proves or fails, and tells the turn:
/// <code>
/// await using var turn = await throttle.AskAsync(Door.Portal, name, address, password, cancel);
/// if (turn.HeldOffFor is { } wait) return HeldOff(wait);
/// if (!await IsRightAsync(password)) return await turn.WrongAsync(cancel) is { } later ? HeldOff(later) : Wrong();
/// await turn.RightAsync(cancel);
/// </code>
/// A turn that is told nothing (nobody looked at the secret) counts nothing. Names that are nobody's are treated as names that are
/// somebody's.
/// </summary>
/// <remarks>
/// <para>Guesses are counted in PostgreSQL before they are answered, so that no number of processes or simultaneous connections answers more
/// than the limits say. That is one round trip more, and it is spared where it would nearly always be for nothing: this process let the
/// same account in from the same address before, and nobody guessed wrong at either lately. Such a turn is counted only when it fails.</para>
/// <para>A password that was wrong before is no new guess: it is neither counted nor held off, so that a forgotten phone shuts nobody out. It
/// is recognised by a keyed hash whose key lives and dies with this process; passwords themselves are kept nowhere.</para>
/// <para>While the database is away nothing is let through, and nothing is counted.</para>
/// </remarks>
internal sealed class SignInThrottle(CrossTenant crossTenant, ThrottleMemory memory, ThrottleRecord record, IOptions<LimitsOptions> limits)
{
    private const int TrustedAtOnce = 8;
    private const int StrangersAtOnce = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Gates gates = new();
    private readonly CrossTenant crossTenant = crossTenant;
    private readonly ThrottleMemory memory = memory;
    private readonly ThrottleRecord record = record;
    private readonly GuessRule rule = limits.Value.Guesses.Rule;
    private readonly TimeSpan refusalTakes = limits.Value.Guesses.RefusalTakes;

    /// <summary>A turn for a password.</summary>
    /// <param name="door">Where it is offered.</param>
    /// <param name="account">Whose it claims to be, as the person wrote it or as it was found; any text.</param>
    /// <param name="address">Where it comes from; null where there is no network in between.</param>
    /// <param name="password">As it was offered.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="started">When the attempt began, if something was looked up before (<see cref="Stopwatch.GetTimestamp"/>).</param>
    public async Task<Turn> AskAsync(
        Door door, string account, IPAddress? address, string password, CancellationToken cancellationToken, long? started = null)
    {
        var since = started ?? Stopwatch.GetTimestamp();
        var turn = await AskAsync(Guess.Of(door, account, address) with { Mark = memory.Mark(account, password) }, cancellationToken);
        return turn.Since(since, refusalTakes);
    }

    /// <summary>A turn for a short-lived code, or for a proof that looks different each time. The same code again is a new guess, because the right
    /// one has changed meanwhile.</summary>
    /// <inheritdoc cref="AskAsync(Door, string, IPAddress, string, CancellationToken, long?)"/>
    public async Task<Turn> AskForCodeAsync(
        Door door, string account, IPAddress? address, CancellationToken cancellationToken, long? started = null)
    {
        var since = started ?? Stopwatch.GetTimestamp();
        var turn = await AskAsync(Guess.Of(door, account, address), cancellationToken);
        return turn.Since(since, refusalTakes);
    }

    /// <summary>Somebody is in: the account knows that address from now on. For doors where a right password is not all that is asked.</summary>
    public async Task EnteredAsync(string account, IPAddress? address, CancellationToken cancellationToken)
    {
        var guess = Guess.Of(Door.Portal, account, address);
        if (!memory.Trusts(guess)) await NoteRightAsync(guess, entered: true, cancellationToken);
    }

    /// <summary>
    /// Counts a token that is none. Tokens are too long to be guessed, so a good one is never held off: only the answer to a bad one is.
    /// </summary>
    /// <returns>How long the caller is held off; null: tell it that the token is wrong.</returns>
    public async Task<TimeSpan?> CountWrongTokenAsync(IPAddress? address, string token, CancellationToken cancellationToken)
    {
        var guess = Guess.OfNobody(Door.Api, address) with { Mark = memory.Mark("", token) };
        return memory.IsKnownWrong(guess)
            ? memory.MayRepeat(guess) ? null : HoldOff(guess, rule.Span, GuessLimit.Repeats)
            : await CountAsync(guess, null, cancellationToken) is { HeldOffFor: { } wait } ? wait : await NoteWrongAsync(guess);
    }

    // Mail programs open several connections at once, and what is under way is counted as if it were wrong. So strangers try one after the
    // other at one account, and few at once from one address; those who are trusted, some at a time. Whoever waited looks again.
    private async Task<Turn> AskAsync(Guess guess, CancellationToken cancellationToken)
    {
        if (Answered(guess) is { } answer) return answer;
        if (await EnterAsync(guess, cancellationToken) is not { } place) return new HeldOffTurn(HoldOff(guess, TimeSpan.FromSeconds(1), "pair"));
        try
        {
            Turn turn = Answered(guess) ?? (place.Trusted && memory.Trusts(guess) ? new TrustedTurn(this, guess, place) : await CountAsync(guess, place, cancellationToken));
            if (turn is not (TrustedTurn or CountedTurn)) place.Dispose();
            return turn;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>What needs no count: a secret that was wrong before, and whoever was held off a moment ago.</summary>
    private Turn? Answered(Guess guess)
    {
        if (memory.IsKnownWrong(guess))
            return memory.MayRepeat(guess) ? new RepeatedTurn(this, guess) : new HeldOffTurn(HoldOff(guess, rule.Span, GuessLimit.Repeats));
        return memory.HeldOffFor(guess) is { } wait ? new HeldOffTurn(HoldOff(guess, wait.Time, wait.By)) : null;
    }

    private async Task<PlaceInFlight?> EnterAsync(Guess guess, CancellationToken cancellationToken)
    {
        if (memory.Trusts(guess)) return await EnterAsync(guess, true, cancellationToken);
        var place = await EnterAsync(guess, false, cancellationToken);
        if (place is null || !memory.Trusts(guess)) return place;
        // Somebody got in from there while this attempt waited.
        place.Dispose();
        return await EnterAsync(guess, true, cancellationToken);
    }

    private async Task<PlaceInFlight?> EnterAsync(Guess guess, bool trusted, CancellationToken cancellationToken)
    {
        var pair = await gates.EnterAsync((guess.Account, guess.From.Address, trusted), trusted ? TrustedAtOnce : 1, Patience, cancellationToken);
        if (pair is null || trusted) return pair is null ? null : new(pair, null, trusted);
        try
        {
            if (await gates.EnterAsync(guess.From.Address, StrangersAtOnce, Patience, cancellationToken) is { } address) return new(pair, address, trusted);
        }
        catch
        {
            pair.Dispose();
            throw;
        }
        pair.Dispose();
        return null;
    }

    private async Task<Turn> CountAsync(Guess guess, IDisposable? place, CancellationToken cancellationToken)
    {
        var taken = await crossTenant.TakeGuessAsync(guess.Account, guess.From, guess.Door, rule, cancellationToken);
        if (taken.Id is { } id) return new CountedTurn(this, guess, id, place);
        memory.HoldOff(guess, taken.Wait, taken.HeldBy!);
        return new HeldOffTurn(HoldOff(guess, taken.Wait, taken.HeldBy!));
    }

    private TimeSpan HoldOff(Guess guess, TimeSpan wait, string by)
    {
        record.HeldOff(guess, wait, by);
        return wait;
    }

    private Task<TimeSpan?> NoteWrongAsync(Guess guess)
    {
        memory.NoteWrong(guess);
        record.Wrong(guess);
        return Task.FromResult<TimeSpan?>(null);
    }

    private async Task NoteRightAsync(Guess guess, bool entered, CancellationToken cancellationToken)
    {
        if (!entered) return;
        await crossTenant.KnowAddressAsync(guess.Account!, guess.From.Address, cancellationToken);
        memory.Trust(guess);
    }

    /// <summary>Counted before it was looked at; taken back unless it was wrong.</summary>
    private sealed class CountedTurn(SignInThrottle throttle, Guess guess, long id, IDisposable? place) : Turn
    {
        protected override Task<TimeSpan?> TellWrongAsync(CancellationToken cancellationToken) => throttle.NoteWrongAsync(guess);

        protected override async Task TellRightAsync(bool entered, CancellationToken cancellationToken)
        {
            await throttle.crossTenant.PardonGuessAsync(id, cancellationToken);
            await throttle.NoteRightAsync(guess, entered, cancellationToken);
        }

        protected override async ValueTask TellNothingAsync()
        {
            try
            {
                await throttle.crossTenant.PardonGuessAsync(id, CancellationToken.None);
            }
            catch (Exception failure) when (DatabaseAway.IsCauseOf(failure))
            {
                // Then it stays counted, which is the safe side.
            }
        }

        protected override void Leave() => place?.Dispose();
    }

    /// <summary>From where the account was entered before: counted only if it was wrong.</summary>
    private sealed class TrustedTurn(SignInThrottle throttle, Guess guess, IDisposable place) : Turn
    {
        protected override async Task<TimeSpan?> TellWrongAsync(CancellationToken cancellationToken) =>
            await throttle.CountAsync(guess, null, cancellationToken) is { HeldOffFor: { } wait } ? wait : await throttle.NoteWrongAsync(guess);

        protected override Task TellRightAsync(bool entered, CancellationToken cancellationToken)
        {
            if (entered) throttle.memory.Trust(guess);
            return Task.CompletedTask;
        }

        protected override void Leave() => place.Dispose();
    }

    /// <summary>Wrong before. It is looked at all the same, because the password may have been changed to it.</summary>
    private sealed class RepeatedTurn(SignInThrottle throttle, Guess guess) : Turn
    {
        protected override Task<TimeSpan?> TellWrongAsync(CancellationToken cancellationToken)
        {
            throttle.record.Repeated(guess);
            return Task.FromResult<TimeSpan?>(null);
        }

        protected override async Task TellRightAsync(bool entered, CancellationToken cancellationToken)
        {
            throttle.memory.ForgetWrong(guess);
            await throttle.NoteRightAsync(guess, entered, cancellationToken);
        }
    }

    private sealed class HeldOffTurn(TimeSpan wait) : Turn
    {
        public override TimeSpan? HeldOffFor => wait;
    }

    /// <summary>Room for one attempt among those that are under way.</summary>
    private sealed class PlaceInFlight(IDisposable pair, IDisposable? address, bool trusted) : IDisposable
    {
        public bool Trusted => trusted;

        public void Dispose()
        {
            address?.Dispose();
            pair.Dispose();
        }
    }
}

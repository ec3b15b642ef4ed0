using System.Diagnostics;

namespace AdminPortal.Hosting;

/// <summary>One attempt at a door; see <see cref="SignInThrottle"/>. Told how it ended once, and disposed of always.</summary>
internal abstract class Turn : IAsyncDisposable
{
    private bool isTold;
    private long started;
    private TimeSpan refusalTakes;

    /// <summary>Null: look at the secret. Else do not, and answer alike for everybody: later, in that time.</summary>
    public virtual TimeSpan? HeldOffFor => null;

    /// <summary>From when on the time counts that a refusal takes at least.</summary>
    internal Turn Since(long timestamp, TimeSpan atLeast)
    {
        (started, refusalTakes) = (timestamp, atLeast);
        return this;
    }

    /// <summary>The secret was wrong. Returns when so much time has passed since the beginning that it tells nothing.</summary>
    /// <returns>Null: say so. Else say nothing about the secret, only: later, in that time.</returns>
    public async Task<TimeSpan?> WrongAsync(CancellationToken cancellationToken)
    {
        MayBeTold();
        var wait = await TellWrongAsync(cancellationToken);
        isTold = true;
        Leave();
        if (refusalTakes - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } rest) await Task.Delay(rest, cancellationToken);
        return wait;
    }

    /// <summary>The secret was right: this was no guess, whatever else stands against letting the person in.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="entered">
    /// The person is in, so the account knows this address from now on. False while a second factor is still asked for.
    /// </param>
    public async Task RightAsync(CancellationToken cancellationToken, bool entered = true)
    {
        MayBeTold();
        await TellRightAsync(entered, cancellationToken);
        isTold = true;
        Leave();
    }

    public async ValueTask DisposeAsync()
    {
        if (isTold || HeldOffFor is not null) return;
        isTold = true;
        try
        {
            await TellNothingAsync();
        }
        finally
        {
            Leave();
        }
    }

    protected virtual Task<TimeSpan?> TellWrongAsync(CancellationToken cancellationToken) => throw HeldOffIsNoTurn();

    protected virtual Task TellRightAsync(bool entered, CancellationToken cancellationToken) => throw HeldOffIsNoTurn();

    protected virtual ValueTask TellNothingAsync() => ValueTask.CompletedTask;

    /// <summary>Makes room for the next.</summary>
    protected virtual void Leave() { }

    // Who failed to tell it, because the database was away, may try again.
    private void MayBeTold()
    {
        if (isTold) throw new InvalidOperationException("This turn has been told how it ended.");
    }

    private static InvalidOperationException HeldOffIsNoTurn() => new("Who is held off has no turn: do not look at the secret.");
}

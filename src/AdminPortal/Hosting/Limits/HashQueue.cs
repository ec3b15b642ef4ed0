using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The one queue before the processors for whatever derives or hashes a password, at every door. It is short: a flood of sign-ins is told to
/// come back later instead of making everybody wait.
/// </summary>
internal sealed class HashQueue(IOptions<LimitsOptions> limits, LimitHits hits) : IDisposable
{
    private readonly ConcurrencyLimiter turns = new(new()
    {
        PermitLimit = limits.Value.Hashing.AtOnce,
        QueueLimit = limits.Value.Hashing.Waiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <returns>A turn, to be disposed of; null: too many are waiting.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        var turn = await turns.AcquireAsync(1, cancellationToken);
        if (turn.IsAcquired) return turn;
        turn.Dispose();
        hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Hashing)}:{nameof(HashingLimits.Waiting)}");
        return null;
    }

    public void Dispose() => turns.Dispose();
}

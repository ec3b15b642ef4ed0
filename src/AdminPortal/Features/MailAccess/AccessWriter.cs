using Npgsql;

namespace AdminPortal.Features.MailAccess;

/// <summary>
/// Lets changes that come at the same moment share one statement and one commit: while a tenant's statement is on its way, further wishes
/// gather and go together with the next. Nobody waits for company, so a lone caller loses nothing. Two wishes about one mailbox never share a
/// statement: each is decided, recorded and counted for itself, in the order in which they came.
/// </summary>
/// <remarks>
/// A shared statement does not wait long for a row that somebody else holds, and where it fails each of its wishes is carried out alone, beside
/// the queue: what is wrong with one neither fails nor delays the others. A wish that was answered is committed.
/// </remarks>
/// <param name="statement">Carries them out.</param>
/// <param name="mostOpen">Further wishes are turned away (503): whoever cannot be served soon had better know.</param>
public sealed class AccessWriter(AccessStatement statement, int mostOpen = 2_000)
{
    private const int MostTogether = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    // Those alone may wait for a bulk change to end; they must not take every connection with them.
    private readonly SemaphoreSlim alone = new(4);
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Queue> queues = [];
    private int open;

    /// <param name="tenantId">Whose mailbox.</param>
    /// <param name="write">What is wished.</param>
    /// <param name="cancellationToken">Gives up while the wish is waiting; once it is under way its end is waited for.</param>
    /// <returns>Null where the tenant has no such mailbox.</returns>
    /// <exception cref="TooManyWritesException">Too many are open.</exception>
    public async Task<AccessWritten?> WriteAsync(Guid tenantId, AccessWrite write, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref open) > mostOpen) throw new TooManyWritesException();
            var wish = new Wish(write, cancellationToken);
            if (Join(tenantId, wish) is { } idle) _ = ServeAsync(tenantId, idle);
            return await wish.Outcome;
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    /// <summary>The tenant's queue, if nobody serves it yet.</summary>
    private Queue? Join(Guid tenantId, Wish wish)
    {
        lock (gate)
        {
            var isServed = queues.TryGetValue(tenantId, out var queue);
            if (queue is null) queues[tenantId] = queue = new();
            queue.Waiting.AddLast(wish);
            return isServed ? null : queue;
        }
    }

    private async Task ServeAsync(Guid tenantId, Queue queue)
    {
        while (Next(tenantId, queue) is { Count: > 0 } together)
            await CarryOutAsync(tenantId, together);
    }

    /// <summary>The next wishes that may share a statement; none ends the queue.</summary>
    private List<Wish> Next(Guid tenantId, Queue queue)
    {
        lock (gate)
        {
            var (together, mailboxes) = (new List<Wish>(), new HashSet<Guid>());
            for (var node = queue.Waiting.First; node is not null && together.Count < MostTogether;)
            {
                var (wish, next) = (node.Value, node.Next);
                // A wish about a mailbox that one before it is about stays where it is.
                if (wish.IsGivenUp() || mailboxes.Add(wish.Write.MailboxId))
                {
                    if (!wish.Outcome.IsCompleted) together.Add(wish);
                    queue.Waiting.Remove(node);
                }
                node = next;
            }
            if (together.Count == 0) queues.Remove(tenantId);
            return together;
        }
    }

    private async Task CarryOutAsync(Guid tenantId, List<Wish> together)
    {
        try
        {
            var written = await statement.CarryOutAsync(tenantId, together.ConvertAll(wish => wish.Write), Patience);
            foreach (var wish in together) wish.Answer(written.GetValueOrDefault(wish.Write.MailboxId));
        }
        catch (PostgresException)
        {
            // The database refused, so nothing of it was written. Whose fault it is shows when each is alone.
            foreach (var wish in together) _ = CarryOutAloneAsync(tenantId, wish);
        }
        catch (Exception exception)
        {
            foreach (var wish in together) wish.Fail(exception);
        }
    }

    private async Task CarryOutAloneAsync(Guid tenantId, Wish wish)
    {
        await alone.WaitAsync();
        try
        {
            var written = await statement.CarryOutAsync(tenantId, [wish.Write], patience: null);
            wish.Answer(written.GetValueOrDefault(wish.Write.MailboxId));
        }
        catch (Exception exception)
        {
            wish.Fail(exception);
        }
        finally
        {
            alone.Release();
        }
    }

    private sealed class Queue
    {
        public LinkedList<Wish> Waiting { get; } = [];
    }

    private sealed class Wish(AccessWrite write, CancellationToken cancellationToken)
    {
        private readonly TaskCompletionSource<AccessWritten?> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AccessWrite Write => write;

        public Task<AccessWritten?> Outcome => outcome.Task;

        public bool IsGivenUp() => cancellationToken.IsCancellationRequested && outcome.TrySetCanceled(cancellationToken);

        public void Answer(AccessWritten? written) => outcome.TrySetResult(written);

        public void Fail(Exception exception) => outcome.TrySetException(exception);
    }
}

/// <summary>More changes of one tenant are waiting than can soon be carried out: the caller may try again.</summary>
public sealed class TooManyWritesException() : NpgsqlException("Too many changes of access are waiting.");

using System.Collections.Concurrent;

namespace AdminPortal.Hosting;

/// <summary>
/// Lets so many in by one name, and the others wait for their turn. Nothing is kept of a name by which nobody is inside or waiting, so it is
/// no larger than what is under way.
/// </summary>
internal sealed class Gates
{
    private readonly ConcurrentDictionary<object, Gate> gates = new();

    /// <returns>A place, to be disposed of; null where the patience ended first.</returns>
    public async Task<IDisposable?> EnterAsync(object name, int width, TimeSpan patience, CancellationToken cancellationToken)
    {
        var gate = Join(name, width);
        try
        {
            if (await gate.Turns.WaitAsync(patience, cancellationToken)) return new Place(this, name, gate);
        }
        catch
        {
            Leave(name, gate);
            throw;
        }
        Leave(name, gate);
        return null;
    }

    private Gate Join(object name, int width)
    {
        while (true)
        {
            var gate = gates.GetOrAdd(name, static (_, wide) => new Gate(wide), width);
            lock (gate)
                // Somebody may have been the last to leave it between the two lines above.
                if (gates.TryGetValue(name, out var current) && current == gate)
                {
                    gate.Visitors++;
                    return gate;
                }
        }
    }

    private void Leave(object name, Gate gate)
    {
        lock (gate)
            if (--gate.Visitors == 0)
                gates.TryRemove(name, out _);
    }

    private sealed class Gate(int width)
    {
        // Never disposed of: it holds no handle unless it is asked for one.
        public SemaphoreSlim Turns { get; } = new(width);

        public int Visitors { get; set; }
    }

    private sealed class Place(Gates gates, object name, Gate gate) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) != 0) return;
            gate.Turns.Release();
            gates.Leave(name, gate);
        }
    }
}

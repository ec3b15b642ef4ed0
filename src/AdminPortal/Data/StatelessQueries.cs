using Npgsql;

namespace AdminPortal.Data;

/// <summary>
/// A second, small pool for what is asked over and over: who calls, a page of a list, a switch. Its connections carry nothing from one user to
/// the next, so they need not be reset in between, which costs seven statements and more than a point query does. Nothing may ever be set
/// on them for longer than one transaction: the tenant is told in the same round trip as the question, for that transaction alone.
/// Forgotten, it shows no rows, as everywhere.
/// </summary>
public sealed class StatelessQueries : IAsyncDisposable
{
    /// <summary>More connections than this at work make each other slower.</summary>
    private static readonly int MostConnections = Math.Clamp(4 * Environment.ProcessorCount, 12, 40);

    private readonly NpgsqlDataSource source;

    public StatelessQueries(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, MaxPoolSize = MostConnections };
        settings.ApplicationName ??= "AdminPortal";
        DataServices.PrepareByItself(settings);
        source = NpgsqlDataSource.Create(settings);
    }

    /// <summary>For <see cref="CrossTenant"/>, whose entrances are one statement each and set nothing.</summary>
    internal NpgsqlDataSource Source => source;

    /// <summary>Asks one question of one tenant's rows: a statement in a transaction of its own, in one round trip.</summary>
    /// <param name="tenantId">Whose rows are seen.</param>
    /// <param name="question">A statement whose best plan does not depend on its parameters: it is planned once for each connection.</param>
    /// <param name="read">Reads the answer's rows.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    /// <param name="patience">How long to wait for a row that somebody else holds; null waits as long as any statement may take.</param>
    /// <returns>What was read, once the transaction has been committed.</returns>
    public async Task<T> AskAsync<T>(
        Guid tenantId, NpgsqlBatchCommand question, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken,
        TimeSpan? patience = null)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Enter(tenantId, patience), question } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var answer = await read(reader, cancellationToken);
        // The end of the batch is its commit: a failure of that one must not go unnoticed.
        while (await reader.NextResultAsync(cancellationToken)) { }
        return answer;
    }

    /// <summary>After a restart of the database: the connections from before are not tried one after the other.</summary>
    public void Clear() => source.Clear();

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static NpgsqlBatchCommand Enter(Guid tenantId, TimeSpan? patience) => new(
        """
        SELECT set_config('app.tenant', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('lock_timeout', $2, true)
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = tenantId.ToString() },
            new NpgsqlParameter<string> { TypedValue = patience is { } time ? $"{time.TotalMilliseconds:0}ms" : "0" },
        },
    };
}

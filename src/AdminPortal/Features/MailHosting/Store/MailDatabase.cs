using AdminPortal.Data;
using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// PostgreSQL as the mail server's backend reaches it: each piece of work behind one tenant's wall, and a database that is away said in the
/// seam's word. Connections are held for single statements, never while a client is being waited for.
/// </summary>
internal sealed class MailDatabase(NpgsqlDataSource dataSource, StatelessQueries stateless)
{
    public async Task<T> InTenantAsync<T>(Guid tenantId, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(tenantId, cancellationToken);
            return await work(connection);
        }
        catch (NpgsqlException exception) when (MeansLater(exception))
        {
            throw new MailStoreUnavailableException("The mail store cannot be reached.", exception);
        }
    }

    /// <summary>A question about one tenant's rows in one round trip. It is asked twice if it must be, so it changes nothing.</summary>
    public Task<T> AskInTenantAsync<T>(
        Guid tenantId, NpgsqlBatchCommand question, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        AskAsync(() => stateless.AskAsync(tenantId, Again(question), read, cancellationToken));

    /// <summary>A question through one of the cross-tenant entrances. It is asked twice if it must be, so it changes nothing.</summary>
    public async Task<T> AskAsync<T>(Func<Task<T>> question)
    {
        try
        {
            try
            {
                return await question();
            }
            catch (NpgsqlException exception) when (IsStaleConnection(exception))
            {
                dataSource.Clear();
                stateless.Clear();
                return await question();
            }
        }
        catch (NpgsqlException exception) when (MeansLater(exception))
        {
            throw new MailStoreUnavailableException("The mail store cannot be reached.", exception);
        }
    }

    /// <summary>A deed through one of the cross-tenant entrances: done once or not at all.</summary>
    public static async Task<T> DoAsync<T>(Func<Task<T>> deed)
    {
        try
        {
            return await deed();
        }
        catch (NpgsqlException exception) when (MeansLater(exception))
        {
            throw new MailStoreUnavailableException("The mail store cannot be reached.", exception);
        }
    }

    // Entering the tenant is the first statement on a pooled connection, so it is there that a connection from before a restart fails.
    private async ValueTask<NpgsqlConnection> OpenAsync(Guid tenantId, CancellationToken cancellationToken)
    {
        try
        {
            return await TenantConnection.OpenAsync(dataSource, tenantId, cancellationToken);
        }
        catch (NpgsqlException exception) when (IsStaleConnection(exception))
        {
            dataSource.Clear();
            return await TenantConnection.OpenAsync(dataSource, tenantId, cancellationToken);
        }
    }

    // A command belongs to the batch that it was put into.
    private static NpgsqlBatchCommand Again(NpgsqlBatchCommand question)
    {
        var again = new NpgsqlBatchCommand(question.CommandText);
        foreach (NpgsqlParameter parameter in question.Parameters) again.Parameters.Add(parameter.Clone());
        return again;
    }

    private static bool IsStaleConnection(NpgsqlException exception) =>
        exception.IsTransient && exception.InnerException is not TimeoutException;

    // Away (08, 57P), out of something (53), read-only (25006), or in each other's way (40): the same request may succeed later.
    private static bool MeansLater(NpgsqlException exception) =>
        exception is not PostgresException { SqlState: var state, IsTransient: false }
        || state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("40", StringComparison.Ordinal) || state == "25006";
}

/// <summary>A connection of one's own for what outlives single statements: listening, and holding locks.</summary>
internal static class Unpooled
{
    // Cloned, because a data source tells its connection string without the password.
    public static NpgsqlConnection Connection(NpgsqlDataSource dataSource)
    {
        using var pooled = dataSource.CreateConnection();
        var settings = new NpgsqlConnectionStringBuilder(pooled.ConnectionString) { Pooling = false, Timeout = 5, CommandTimeout = 5 };
        if (settings.KeepAlive == 0) settings.KeepAlive = 10;
        return pooled.CloneWith(settings.ConnectionString);
    }
}

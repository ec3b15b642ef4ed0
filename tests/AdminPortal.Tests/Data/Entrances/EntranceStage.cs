using System.Globalization;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>Marks the test of what one cross-tenant entrance may see and do. <see cref="EntranceListTests"/> names an entrance without one.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EntranceAttribute(string name) : Attribute
{
    /// <summary>The SQL function; with <c>/</c> and its number of arguments where several bear the name.</summary>
    public string Name => name;
}

/// <summary>
/// Two tenants with a row of every kind each, and the serving role outside both, which is how the portal asks at an entrance. A row is compared
/// whole, as JSON: a column too many shows as a difference, not as something nobody looked at.
/// </summary>
public abstract class EntranceStage(TwoTenants tenants) : IAsyncLifetime
{
    private NpgsqlDataSource? serving;
    private NpgsqlDataSource? owner;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected Guid Ours => tenants.Ours;

    protected Guid Theirs => tenants.Theirs;

    public ValueTask InitializeAsync()
    {
        serving = NpgsqlDataSource.Create(tenants.Database.ServingConnectionString);
        owner = NpgsqlDataSource.Create(tenants.Database.OwnerConnectionString);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (serving is not null) await serving.DisposeAsync();
        if (owner is not null) await owner.DisposeAsync();
    }

    /// <summary>What the entrance answers to the serving role in no tenant, each row whole, in the order of the answer.</summary>
    protected Task<List<string>> AskAsync(string call, params object?[] arguments) =>
        ReadAsync(serving!, $"SELECT to_jsonb(answer)::text FROM {call} AS answer", arguments);

    /// <summary>What really stands in the tables, all tenants together: to arrange and to look, as the owner.</summary>
    protected Task<List<string>> LookAsync(string sql, params object?[] arguments) => ReadAsync(owner!, sql, arguments);

    /// <summary>One value from the tables.</summary>
    protected async Task<string> OneAsync(string sql, params object?[] arguments) => Assert.Single(await LookAsync(sql, arguments));

    /// <summary>Calls an entrance that answers nothing.</summary>
    protected async Task CallAsync(string call, params object?[] arguments) => await ReadAsync(serving!, $"SELECT {call}::text", arguments);

    private static async Task<List<string>> ReadAsync(NpgsqlDataSource source, string sql, object?[] arguments)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var argument in arguments) command.Parameters.Add(new() { Value = argument ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancel))
            rows.Add(reader.IsDBNull(0) ? "null" : Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
        return rows;
    }
}

using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace AdminPortal.Data;

public static class DataServices
{
    /// <summary>Registers the store: one pool, the EF Core context, the tenant of the unit of work and the change feed.</summary>
    /// <param name="services">The container.</param>
    /// <param name="connectionString">The serving role's. It must own nothing and be unable to bypass row-level security.</param>
    public static IServiceCollection AddData(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(_ => BuildDataSource(connectionString));
        services.AddScoped<TenantScope>();
        services.AddScoped<Actor>();
        services.AddScoped<TenantConnection>();
        services.AddSingleton<CrossTenant>();
        services.AddScoped<MailPasswords>();
        services.AddDbContext<PortalDbContext>(
            (provider, options) => Configure(options, provider.GetRequiredService<NpgsqlDataSource>()), optionsLifetime: ServiceLifetime.Singleton);
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<ChangeFeed.ChangeFeed>();
        services.AddSingleton(_ => new ChangeFeed.ListeningSource(connectionString));
        services.AddHostedService<ChangeFeed.ChangeFeedListener>();
        services.AddHostedService<ServingRoleCheck>();
        return services;
    }

    internal static void Configure(DbContextOptionsBuilder options, DbDataSource dataSource) =>
        options.UseNpgsql(dataSource).UseSnakeCaseNamingConvention().AddInterceptors(TenantWall.Instance);

    private static NpgsqlDataSource BuildDataSource(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var settings = builder.ConnectionStringBuilder;
        // Prepared statements get generic plans after a few runs, which halves a point query's cost here.
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 100;
        if (!connectionString.Contains("Maximum Pool Size", StringComparison.OrdinalIgnoreCase)) settings.MaxPoolSize = 40;
        settings.ApplicationName ??= "AdminPortal";
        return builder.Build();
    }
}

/// <summary>Tells PostgreSQL the tenant of every connection that EF Core opens. A missed call fails closed: no rows.</summary>
internal sealed class TenantWall : DbConnectionInterceptor
{
    public static readonly TenantWall Instance = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        if (Command(connection, eventData) is not { } command) return;
        using (command) command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (Command(connection, eventData) is not { } command) return;
        await using (command) await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand? Command(DbConnection connection, ConnectionEndEventData eventData) =>
        eventData.Context is PortalDbContext { Scope.TenantId: { } tenantId } ? TenantConnection.EnterCommand((NpgsqlConnection)connection, tenantId) : null;
}

/// <summary>Plain connections for set-based SQL and hot paths, under the same wall as the EF Core context.</summary>
public sealed class TenantConnection(NpgsqlDataSource dataSource, TenantScope scope)
{
    /// <summary>An open connection that sees the rows of this unit of work's tenant and no others.</summary>
    /// <exception cref="InvalidOperationException">No tenant was entered.</exception>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        OpenAsync(dataSource, scope.TenantId ?? throw new InvalidOperationException("Enter a tenant first."), cancellationToken);

    /// <summary>
    /// The same for a statement that is asked over and over and whose best plan does not depend on its parameters: a page of a list, one row
    /// by its key. It is then planned once for each connection, which otherwise costs more than its execution. Until the connection goes back.
    /// </summary>
    public async ValueTask<NpgsqlConnection> OpenForKeptPlansAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        await using var keep = new NpgsqlCommand("SET plan_cache_mode = force_generic_plan", connection);
        await keep.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    /// <summary>The same for code that serves many tenants from one singleton, such as the mail server's backend.</summary>
    public static async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource dataSource, Guid tenantId, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var enter = EnterCommand(connection, tenantId);
            await enter.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal static NpgsqlCommand EnterCommand(NpgsqlConnection connection, Guid tenantId) =>
        new("SELECT set_config('app.tenant', $1, false)", connection) { Parameters = { new() { Value = tenantId.ToString() } } };
}

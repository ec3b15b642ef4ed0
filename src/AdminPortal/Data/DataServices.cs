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
        services.AddSingleton(_ => new StatelessQueries(connectionString));
        services.AddScoped<TenantScope>();
        services.AddScoped<Actor>();
        services.AddScoped<TenantConnection>();
        services.AddSingleton(it => new CrossTenant(it.GetRequiredService<StatelessQueries>().Source));
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
        PrepareByItself(settings);
        if (!connectionString.Contains("Maximum Pool Size", StringComparison.OrdinalIgnoreCase)) settings.MaxPoolSize = 40;
        settings.ApplicationName ??= "AdminPortal";
        return builder.Build();
    }

    // Prepared statements get generic plans after a few runs, which halves a point query's cost here.
    internal static void PrepareByItself(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 100;
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

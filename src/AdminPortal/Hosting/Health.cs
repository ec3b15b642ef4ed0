using System.Reflection;
using System.Text.Encodings.Web;
using AdminPortal.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AdminPortal.Hosting;

/// <summary>
/// <c>/health/live</c>: this process answers. <c>/health/ready</c>: it can serve, that is, PostgreSQL answers, the role it serves as is
/// walled in, and the schema holds all that this build knows. Both answer without signing in and say nothing about anybody.
/// </summary>
internal static class Health
{
    /// <summary>The authentication scheme by which nobody is known: health is asked every few seconds, also while the database is away.</summary>
    public const string NobodyScheme = "nobody";

    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, Nobody>(NobodyScheme, null);
        return services.AddSingleton<Readiness>();
    }

    public static bool IsAskedBy(HttpContext context) => context.Request.Path.StartsWithSegments("/health");

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").AllowAnonymous().ExcludeFromDescription();
        health.MapGet("/live", () => new HealthAnswer("live", Build.Commit));
        health.MapGet("/ready", async (Readiness readiness, HttpContext context) =>
        {
            var obstacle = await readiness.ObstacleAsync(context.RequestAborted);
            if (obstacle is not null) context.Response.Headers.RetryAfter = $"{DatabaseAway.RetryAfter.TotalSeconds:0}";
            return obstacle is null
                ? Results.Ok(new HealthAnswer("ready", Build.Commit))
                : Results.Json(new HealthAnswer("notReady", Build.Commit, obstacle), statusCode: StatusCodes.Status503ServiceUnavailable);
        });
    }
}

internal sealed class Nobody(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
}

/// <param name="Status"><c>live</c>, <c>ready</c> or <c>notReady</c>.</param>
/// <param name="Commit">The commit that was built; <c>unknown</c> outside a checkout.</param>
/// <param name="Obstacle">Why it is not ready.</param>
internal sealed record HealthAnswer(string Status, string Commit, string? Obstacle = null);

internal static class Build
{
    public static readonly string Version = Informational[0];

    public static readonly string Commit = Informational.ElementAtOrDefault(1) ?? "unknown";

    // "1.0.0+abcdef": the SDK adds the commit it built.
    private static string[] Informational =>
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');
}

/// <summary>Whether this process can serve now.</summary>
internal sealed class Readiness(NpgsqlDataSource dataSource, IServiceScopeFactory scopes)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    // Neither goes back while this process runs, so what was found good once is not asked again.
    private volatile bool isFoundGood;

    /// <returns>Null when ready; else what stands in the way, for the operator.</returns>
    public async Task<string?> ObstacleAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await using var ping = dataSource.CreateCommand("SELECT 1");
            await ping.ExecuteScalarAsync(patience.Token);
            if (isFoundGood) return null;
            await new ServingRoleCheck(dataSource).AssertAsync(patience.Token);
            var missing = await MissingFromSchemaAsync(patience.Token);
            isFoundGood = missing is null;
            return missing;
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            return exception.Message;
        }
        catch (Exception exception) when (DatabaseAway.IsCauseOf(exception) || patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return "The database cannot be reached.";
        }
        catch (PostgresException exception)
        {
            return $"The database refuses what the portal asks of it (SQLSTATE {exception.SqlState}).";
        }
    }

    /// <summary>
    /// The serving role may not read the migrations' history, and an older build must be able to serve on a newer schema. So it is asked
    /// what counts: does every table and column that this build uses exist.
    /// </summary>
    private async Task<string?> MissingFromSchemaAsync(CancellationToken cancellationToken)
    {
        var there = new HashSet<(string, string)>();
        await using var columns = dataSource.CreateCommand("SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'");
        await using var reader = await columns.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) there.Add((reader.GetString(0), reader.GetString(1)));

        var missing = Expected().Where(column => !there.Contains(column)).ToList();
        return missing.Count == 0
            ? null
            : $"The database's schema is older than this build: {missing.Count} columns are missing, first {missing[0].Table}.{missing[0].Column}. Run the migrator.";
    }

    private IEnumerable<(string Table, string Column)> Expected()
    {
        using var scope = scopes.CreateScope();
        var model = scope.ServiceProvider.GetRequiredService<PortalDbContext>().Model;
        return [.. model.GetRelationalModel().Tables.SelectMany(table => table.Columns.Select(column => (table.Name, column.Name)))];
    }
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AdminPortal.Demo;

/// <summary>
/// Fills an empty installation with the demonstration before the first request is served. Passwords are decided and written down first,
/// then each tenant is made in one transaction: a start that is interrupted goes on where it stopped, with the same passwords.
/// </summary>
internal sealed class DemoSeed(
    IServiceScopeFactory scopes, CrossTenant crossTenant, IOptions<HostingOptions> options, ILogger<DemoSeed> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var missing = await MissingTenantsAsync(cancellationToken);
        if (SecretsFor(missing) is not { } secrets) return;

        if (missing.Count > 0) logger.LogInformation("Seeding the demonstration (once, some seconds)...");
        await InScopeAsync<DemoPlatform>(platform => platform.SeedAsync(secrets, cancellationToken));
        foreach (var tenant in missing)
            await InScopeAsync<DemoTenantSeed>(seed => seed.SeedAsync(tenant, secrets, cancellationToken));
        await InScopeAsync<DemoMail>(mail => mail.DeliverAsync(cancellationToken));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<IReadOnlyList<DemoTenant>> MissingTenantsAsync(CancellationToken cancellationToken)
    {
        var missing = new List<DemoTenant>();
        foreach (var tenant in DemoTenant.All)
            if (await crossTenant.FindTenantAsync(tenant.Slug, cancellationToken) is null) missing.Add(tenant);
        return missing;
    }

    private DemoSecrets? SecretsFor(IReadOnlyList<DemoTenant> missing)
    {
        var path = Path.Combine(options.Value.DataFolder, "demo.json");
        var portal = options.Value.PublicAddress.ToString().TrimEnd('/');
        if (DemoSecrets.Read(path) is { } known)
        {
            if (known.Portal != portal) (known with { Portal = portal }).Write(path);
            return known;
        }
        if (missing.Count < DemoTenant.All.Count)
        {
            logger.LogWarning("The demonstration is in the database, but {Path}, which held its passwords, is gone. An empty data folder starts anew.", path);
            return null;
        }
        var made = DemoSecrets.Make(portal);
        made.Write(path);
        return made;
    }

    private async Task InScopeAsync<T>(Func<T, Task> work) where T : notnull
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorKind.System, null, "demonstration");
        await work(scope.ServiceProvider.GetRequiredService<T>());
    }
}

internal static class DemoServices
{
    /// <summary>The demonstration, where the settings ask for it.</summary>
    public static IServiceCollection AddDemo(this IServiceCollection services, HostingOptions hosting)
    {
        if (!hosting.Demo) return services;
        services.AddScoped<DemoPeopleOfPortal>();
        services.AddScoped<DemoPlatform>();
        services.AddScoped<DemoTenantSeed>();
        services.AddScoped<DemoMail>();
        services.Replace(ServiceDescriptor.Singleton<IMailRoutes, DemoMailRoute>());
        return services.AddHostedService<DemoSeed>();
    }
}

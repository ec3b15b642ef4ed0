using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

internal static class LimitServices
{
    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddSettings<LimitsOptions>(LimitsOptions.Section, limits => limits.Errors());
        services.AddSingleton(it => Options.Create(it.GetRequiredService<IOptions<LimitsOptions>>().Value.Import));
        services.AddMetrics();
        services.AddSingleton<LimitHits>();
        services.AddSingleton<HashQueue>();
        services.AddSingleton<WebConnections>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<ILimitsOfRoom, LimitsOfTheHouse>();
        services.AddHostedService<HitsOfServers>();
        return services;
    }
}

internal sealed class LimitsOfTheHouse(IOptions<LimitsOptions> options) : ILimitsOfRoom
{
    public IEnumerable<ShownLimit> All =>
        from property in typeof(LimitsOptions).GetProperties()
        from limit in ShownLimit.Of($"{LimitsOptions.Section}:{property.Name}", property.GetValue(options.Value)!)
        select limit;
}

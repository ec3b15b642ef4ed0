namespace AdminPortal.Jobs;

public static class JobsServices
{
    /// <summary>The queue, for every process that may ask for durable work.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<JobsOptions>().Bind(configuration.GetSection(JobsOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<JobsOptions>>().Value);
        services.AddSingleton<OperationBell>();
        services.AddScoped<OperationQueue>();
        return services;
    }

    /// <summary>The worker and the housekeeping, for processes with the role <c>worker</c>.</summary>
    public static IServiceCollection AddOperationWorker(this IServiceCollection services)
    {
        services.AddSingleton<OperationWorker>();
        services.AddHostedService<Housekeeping>();
        return services.AddHostedService(provider => provider.GetRequiredService<OperationWorker>());
    }
}

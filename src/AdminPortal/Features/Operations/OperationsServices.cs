namespace AdminPortal.Features.Operations;

internal static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddScoped<GetOperations>();
        services.AddScoped<EndOperation>();
        return services;
    }
}

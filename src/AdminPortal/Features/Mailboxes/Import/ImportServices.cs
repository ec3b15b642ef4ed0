using AdminPortal.Jobs;

namespace AdminPortal.Features.Mailboxes.Import;

internal static class ImportServices
{
    public static IServiceCollection AddImport(this IServiceCollection services)
    {
        services.AddScoped<UploadImport>();
        services.AddScoped<ApplyImport>();
        services.AddScoped<IOperationHandler, ImportOperation>();
        return services;
    }
}

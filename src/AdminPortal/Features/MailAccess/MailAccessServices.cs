using AdminPortal.Features.Shared;
using AdminPortal.Jobs;

namespace AdminPortal.Features.MailAccess;

internal static class MailAccessServices
{
    public static IServiceCollection AddMailAccess(this IServiceCollection services)
    {
        services.AddScoped<GetMailAccess>();
        services.AddScoped<AccessHistory>();
        services.AddScoped<ExplainMailAccess>();
        services.AddScoped<SetMailAccess>();
        services.AddSingleton<AccessStatement>();
        services.AddSingleton<AccessWriter>();
        services.AddScoped<ShowCards>();
        services.AddSingleton<SwitchSentences>();
        services.AddScoped<IAccessSwitches, AccessSwitches>();
        services.AddScoped<BulkAccessStatements>();
        services.AddScoped<BulkSetMailAccess>();
        services.AddScoped<IOperationHandler, BulkAccessHandler>();
        services.AddSingleton<AccessReasons>();
        return services;
    }
}

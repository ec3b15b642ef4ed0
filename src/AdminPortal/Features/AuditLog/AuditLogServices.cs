using AdminPortal.Hosting;

namespace AdminPortal.Features.AuditLog;

internal static class AuditLogServices
{
    public static IServiceCollection AddAuditLog(this IServiceCollection services)
    {
        services.AddScoped<ReadAuditLog>();
        return services.AddNavigation(NavigationSection.Audit, "audit", Policies.ReadAudit);
    }
}

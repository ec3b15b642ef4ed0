using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Hosting;

namespace AdminPortal.Features.AuditLog;

internal static class AuditLogServices
{
    public static IServiceCollection AddAuditLog(this IServiceCollection services)
    {
        services.AddScoped<ReadAuditLog>();
        services.AddScoped<VerifyAuditTrail>();
        services.AddScoped<AuditExport>();
        services.AddSingleton<KeepAnchors>();
        services.AddScoped<SetRetention>();
        services.AddCommand<VerifyAuditCommand>("verify-audit", VerifyAuditCommand.Usage);
        return services.AddNavigation(NavigationSection.Audit, "audit", Policies.ReadAudit);
    }

    /// <summary>Who seals the trails, keeps their ends elsewhere and sums up refusals, for processes with the role <c>worker</c>.</summary>
    public static IServiceCollection AddAuditSealing(this IServiceCollection services) => services
        .AddHostedService<SealAuditTrails>().AddHostedService<SumUpRefusals>().AddHostedService(it => it.GetRequiredService<KeepAnchors>());
}

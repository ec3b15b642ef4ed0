namespace AdminPortal.Features.ProtocolLogs;

internal static class ProtocolLogServices
{
    public static IServiceCollection AddProtocolLogs(this IServiceCollection services) => services.AddScoped<ManageProtocolLog>();
}

namespace AdminPortal.Features.Limits;

internal static class LimitsServices
{
    public static IServiceCollection AddLimitsPage(this IServiceCollection services) => services.AddScoped<LetIn>();
}

namespace AdminPortal.Features.AppPasswords;

internal static class AppPasswordServices
{
    public static IServiceCollection AddAppPasswords(this IServiceCollection services) => services.AddScoped<ManageAppPasswords>().AddScoped<ShowAppPasswords>();
}

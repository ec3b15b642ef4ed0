namespace AdminPortal.Features.SignIn.OpenIdConnect;

internal static class OpenIdConnectServices
{
    public static IServiceCollection AddOpenIdConnect(this IServiceCollection services)
    {
        services.AddSingleton<ProviderHandler>();
        services.AddScoped<ProviderSignIn>();
        services.AddScoped<ReceiveIdentity>();
        services.AddScoped<TryProvider>();
        return services;
    }
}

using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

internal static class OpenIdConnectServices
{
    public static IServiceCollection AddOpenIdConnect(this IServiceCollection services)
    {
        services.AddSettings<OpenIdConnectSettings>(OpenIdConnectSettings.Section, settings => settings.Errors());
        services.AddSingleton<Issuers>();
        services.AddSingleton<ProviderHandler>();
        services.AddScoped<ProviderSignIn>();
        services.AddScoped<ReceiveIdentity>();
        services.AddScoped<TryProvider>();
        return services;
    }
}

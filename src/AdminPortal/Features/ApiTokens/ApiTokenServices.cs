using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;

namespace AdminPortal.Features.ApiTokens;

internal static class ApiTokenServices
{
    public static IServiceCollection AddApiTokens(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerTokens.Scheme, null);
        services.AddScoped<IssueApiToken>();
        services.AddScoped<ManageApiTokens>();
        return services.AddNavigation<Text>(NavigationSection.Settings, "settings/tokens", "NavTokens", Policies.SeeTenant);
    }
}

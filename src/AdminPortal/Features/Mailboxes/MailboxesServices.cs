using AdminPortal.Hosting;

namespace AdminPortal.Features.Mailboxes;

internal static class MailboxesServices
{
    public static IServiceCollection AddMailboxes(this IServiceCollection services)
    {
        services.AddScoped<ListMailboxes>();
        services.AddScoped<MailboxActions>();
        services.AddScoped<GetFilterChoices>();
        services.AddScoped<FindByAddress>();
        services.AddScoped<ListSignIns>();
        return services.AddNavigation(NavigationSection.Mailboxes, "mailboxes", Policies.SeeTenant);
    }
}

namespace AdminPortal.Features.Mailboxes;

internal static class MailboxesServices
{
    public static IServiceCollection AddMailboxes(this IServiceCollection services)
    {
        services.AddScoped<ListMailboxes>();
        services.AddScoped<MailboxActions>();
        return services;
    }
}

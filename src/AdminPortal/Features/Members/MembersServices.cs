using AdminPortal.Hosting;

namespace AdminPortal.Features.Members;

/// <summary>Who has a role in a tenant, and how people come to it: by invitation.</summary>
internal static class MembersServices
{
    public static IServiceCollection AddMembers(this IServiceCollection services)
    {
        services.AddScoped<ListMembers>();
        services.AddScoped<ListInvitations>();
        services.AddScoped<ChangeMember>();
        services.AddScoped<InvitePerson>();
        services.AddScoped<InvitationMail>();
        services.AddScoped<AcceptInvitation>();
        return services.AddNavigation<Text>(NavigationSection.Settings, "settings/members", "NavMembers", Policies.SeeMembers);
    }

    public static void MapMembers(this IEndpointRouteBuilder app)
    {
        app.MapMemberRoutes();
        app.MapInvitationRoutes();
    }
}

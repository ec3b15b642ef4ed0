using AdminPortal.Data;
using Microsoft.AspNetCore.Authorization;

namespace AdminPortal.Hosting;

/// <summary>
/// Who may open a route, named in one place: <c>RequireAuthorization(Policies.SwitchAccess)</c> or <c>[Authorize(Policy = …)]</c>. A route
/// without a policy asks for somebody who is signed in; a route that is open to everybody says so with <c>AllowAnonymous</c>.
/// </summary>
internal static class Policies
{
    /// <summary>See everything of the tenant in the address.</summary>
    public const string SeeTenant = nameof(SeeTenant);

    /// <summary>Switch protocols, run checks, hand out settings.</summary>
    public const string SwitchAccess = nameof(SwitchAccess);

    /// <summary>Settings, domains, plans, members, tokens, imports.</summary>
    public const string ManageTenant = nameof(ManageTenant);

    public const string ReadAudit = nameof(ReadAudit);

    /// <summary>See who has which role; changing it is <see cref="ManageTenant"/>.</summary>
    public const string SeeMembers = nameof(SeeMembers);

    /// <summary>Anybody who owns a mailbox, for that mailbox alone (<see cref="CurrentUser.OwnMailboxes"/>).</summary>
    public const string OwnMailbox = nameof(OwnMailbox);

    /// <summary>Platform administrators.</summary>
    public const string Platform = nameof(Platform);

    /// <summary>Which roles in the tenant of the address satisfy a policy.</summary>
    public static readonly IReadOnlyDictionary<string, PortalRole[]> TenantRoles = new Dictionary<string, PortalRole[]>
    {
        [SeeTenant] = [PortalRole.TenantAdmin, PortalRole.Helpdesk, PortalRole.Auditor, PortalRole.PlatformAdmin],
        [SwitchAccess] = [PortalRole.TenantAdmin, PortalRole.Helpdesk, PortalRole.PlatformAdmin],
        [ManageTenant] = [PortalRole.TenantAdmin, PortalRole.PlatformAdmin],
        [ReadAudit] = [PortalRole.TenantAdmin, PortalRole.Auditor, PortalRole.PlatformAdmin],
        [SeeMembers] = [PortalRole.TenantAdmin, PortalRole.Auditor, PortalRole.PlatformAdmin],
    };

    public static void Add(AuthorizationOptions options)
    {
        foreach (var (policy, roles) in TenantRoles)
            options.AddPolicy(policy, SignedIn().AddRequirements(new RoleInTenant(roles)).Build());
        options.AddPolicy(OwnMailbox, SignedIn().AddRequirements(new OwnsMailbox()).Build());
        options.AddPolicy(Platform, SignedIn().AddRequirements(new AdministersPlatform()).Build());
        options.DefaultPolicy = SignedIn().Build();
        options.FallbackPolicy = options.DefaultPolicy;
    }

    private static AuthorizationPolicyBuilder SignedIn() =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new ScopeOfRoute());
}

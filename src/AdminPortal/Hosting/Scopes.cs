using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// What a bearer token may be made for. A token may do what its scopes name and its owner's role allows at the moment of the call. A
/// browser's session has every scope: there the role alone decides.
/// </summary>
internal static class Scopes
{
    public const string MailboxesRead = "mailboxes:read";
    public const string MailboxesWrite = "mailboxes:write";
    public const string AccessRead = "access:read";
    public const string AccessWrite = "access:write";
    public const string ChecksRun = "checks:run";
    public const string SettingsRead = "settings:read";
    public const string SettingsWrite = "settings:write";
    public const string AuditRead = "audit:read";

    /// <summary>One's own tokens; an administrator's: all of the tenant's.</summary>
    public const string TokensManage = "tokens:manage";

    /// <summary>The owner's own mailbox, at <c>/me</c>.</summary>
    public const string Me = "me";

    /// <summary>The tenant itself: its plans, domains and members.</summary>
    public const string TenantAdmin = "tenant:admin";

    public static readonly IReadOnlyList<string> All =
        [MailboxesRead, MailboxesWrite, AccessRead, AccessWrite, ChecksRun, SettingsRead, SettingsWrite, AuditRead, TokensManage, Me, TenantAdmin];

    private static readonly IReadOnlyList<string> OfAuditor = [MailboxesRead, AccessRead, SettingsRead, AuditRead, TokensManage, Me];
    private static readonly IReadOnlyList<string> OfHelpdesk = [MailboxesRead, AccessRead, AccessWrite, ChecksRun, SettingsRead, TokensManage, Me];

    /// <summary>What somebody in that role can do at all, and so may make a token for: no more.</summary>
    public static IReadOnlyList<string> Of(PortalRole role) => role switch
    {
        PortalRole.TenantAdmin or PortalRole.PlatformAdmin => All,
        PortalRole.Helpdesk => OfHelpdesk,
        PortalRole.Auditor => OfAuditor,
        _ => [Me],
    };

    /// <summary>Names the scope that a token needs for this route. A route that names none is closed to tokens.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder route, string scope) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RequiredScope(scope));
}

/// <summary>The scope that a route asks of a token; the nearest one counts.</summary>
internal sealed record RequiredScope(string Scope);

using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.ApiTokens;

internal static class ApiTokenAudit
{
    /// <summary>What the trail says of a token: its name, beginning and limits, never the token.</summary>
    public static AuditEvent Event(ApiToken token, string action, Actor actor) => actor.Did(
        token.TenantId!.Value, action, "token", token.Id, token.Name,
        after: new { token.Prefix, token.Scopes, token.Networks, token.ExpiresAt, revoked = token.RevokedAt is not null });

    /// <summary>What of a token can be changed, as it is now.</summary>
    public static object Limits(ApiToken token) => new { token.Name, token.Networks, token.ExpiresAt };
}

using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Features.ApiTokens;

internal static class ApiTokenAudit
{
    /// <summary>What the trail says of a token: its name, beginning and scopes, never the token.</summary>
    public static AuditEvent Event(ApiToken token, string action, Actor actor) => new()
    {
        TenantId = token.TenantId!.Value,
        ActorName = actor.Name,
        ActorKind = actor.Kind,
        ActorId = actor.Id,
        Action = action,
        TargetKind = "token",
        TargetId = token.Id,
        Target = token.Name,
        After = JsonSerializer.SerializeToDocument(new { prefix = token.Prefix, scopes = token.Scopes, expiresAt = token.ExpiresAt, revoked = token.RevokedAt is not null }),
        RemoteAddress = actor.RemoteAddress,
        UserAgent = actor.UserAgent,
    };
}

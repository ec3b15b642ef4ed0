using AdminPortal.Data;

namespace AdminPortal.Features.ApiTokens;

/// <summary>A new token, as it is shown once and never again.</summary>
internal sealed record IssuedToken(ApiToken Token, string Text);

/// <summary>Makes a token. Who may ask for which scopes is the caller's question; what the token may do is asked again at each call.</summary>
internal sealed class IssueApiToken(PortalDbContext db, Actor actor, CrossTenant crossTenant)
{
    /// <param name="tenantId">The tenant that the token is bound to, which must be the unit of work's.</param>
    /// <param name="userId">The owner, whose role limits the token.</param>
    /// <param name="name">The owner's words for it.</param>
    /// <param name="scopes">Of <see cref="Hosting.Scopes"/>.</param>
    /// <param name="expiresAt">Null: never.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="networks">From where it may be used, each as <see cref="Hosting.Networks.Read"/> spells it; none: from everywhere.</param>
    public async Task<IssuedToken> HandleAsync(
        Guid tenantId, Guid userId, string name, IEnumerable<string> scopes, DateTimeOffset? expiresAt, CancellationToken cancellationToken,
        IReadOnlyList<string>? networks = null)
    {
        var (token, text) = Make(tenantId, userId, name, scopes, expiresAt);
        token.Networks = [.. networks ?? []];
        db.ApiTokens.Add(token);
        db.AuditEvents.Add(ApiTokenAudit.Event(token, AuditActions.TokenCreated, actor));
        await db.SaveChangesAsync(cancellationToken);
        return new(token, text);
    }

    /// <summary>A platform administrator's token, bound to no tenant: no tenant's page lists it and no tenant's audit trail holds it.</summary>
    public async Task<IssuedToken> HandleForPlatformAsync(
        Guid userId, string name, IEnumerable<string> scopes, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var (token, text) = Make(null, userId, name, scopes, expiresAt);
        if (!await crossTenant.CreatePlatformTokenAsync(token, cancellationToken))
            throw new InvalidOperationException("Only somebody who administers the platform can have a token for it.");
        return new(token, text);
    }

    private static (ApiToken, string) Make(Guid? tenantId, Guid userId, string name, IEnumerable<string> scopes, DateTimeOffset? expiresAt)
    {
        var text = TokenText.Make();
        return (new()
        {
            Id = Guid.CreateVersion7(),
            TenantId = tenantId,
            Name = name,
            Prefix = TokenText.Shown(text),
            Hash = TokenText.Hash(text),
            UserId = userId,
            Scopes = [.. scopes],
            ExpiresAt = expiresAt,
        }, text);
    }
}

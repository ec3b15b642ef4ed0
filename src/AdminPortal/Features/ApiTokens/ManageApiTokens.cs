using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.ApiTokens;

/// <summary>
/// A tenant's tokens. Whoever makes one makes it for themselves, and never with more than they have: not more than their role can do, and
/// with a token not more than that token may. Everybody sees their own; administrators see all and may revoke any, but never learn a secret.
/// </summary>
internal sealed class ManageApiTokens(PortalDbContext db, IssueApiToken issue, CurrentTenant tenant, CurrentUser user, Actor actor, TimeProvider time)
{
    public static readonly TimeSpan UsualLife = TimeSpan.FromDays(90);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(366);
    private const int LongestOverlap = 7 * 24 * 60;

    public bool SeesAll => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    /// <summary>What the caller may make a token for; nothing for somebody who is no member here.</summary>
    public IReadOnlyList<string> ScopesToGive => Place is { } place
        ? [.. Scopes.Of(place.Role).Where(scope => (user.Scopes is null || user.Scopes.Contains(scope)) && (scope != Scopes.Me || place.MailboxId is not null))]
        : [];

    private Membership? Place => user.Memberships.FirstOrDefault(m => m.Tenant.Id == tenant.Id);

    private IQueryable<ApiToken> Visible => SeesAll ? db.ApiTokens : db.ApiTokens.Where(t => t.UserId == user.UserId);

    public async Task<PageOf<TokenAnswer>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var found = await PageAsync(query.Cursor, query.Size, cancellationToken);
        return PageOf<TokenAnswer>.Cut(found, query.Size, TokenAnswer.Of, t => t.Id);
    }

    /// <summary>One more than asked for, so that it shows whether there are more; newest first.</summary>
    public async Task<IReadOnlyList<ApiToken>> PageAsync(Cursor? cursor, int size, CancellationToken cancellationToken)
    {
        var tokens = Visible.AsNoTracking();
        if (cursor?.Read<Guid>() is { } before) tokens = tokens.Where(t => t.Id < before);
        return await tokens.OrderByDescending(t => t.Id).Take(size + 1).ToListAsync(cancellationToken);
    }

    public Task<ApiToken?> FindAsync(Guid id, CancellationToken cancellationToken) => Visible.SingleOrDefaultAsync(t => t.Id == id, cancellationToken);

    public bool IsOwn(ApiToken token) => token.UserId == user.UserId;

    public async Task<TokenOutcome> CreateAsync(CreateTokenRequest request, CancellationToken cancellationToken)
    {
        if (Place is null) return new TokenOutcome.Refused(TokenFault.NoMember, "You are no member of this organisation, so a token of yours could do nothing here.");
        var expiresAt = AsStored(request.ExpiresAt ?? time.GetUtcNow() + UsualLife);
        var (networks, unread) = Read(request.Networks);
        var wrong = WrongName(request.Name) ?? WrongScopes(request.Scopes) ?? unread ?? WrongExpiry(expiresAt)
            ?? await BeyondTokenAsync(networks, expiresAt, cancellationToken);
        if (wrong is not null) return wrong;
        var (token, text) = await issue.HandleAsync(tenant.Id, user.UserId, request.Name.Trim(), request.Scopes.Distinct(), expiresAt, cancellationToken, networks);
        return new TokenOutcome.Issued(token, text);
    }

    public async Task<TokenOutcome> PatchAsync(Guid id, MergePatch<TokenPatch> patch, Precondition ifMatch, CancellationToken cancellationToken)
    {
        var (token, obstacle) = await FindToChangeAsync(id, ifMatch, cancellationToken);
        if (token is null) return obstacle!;
        return await SetAsync(
            token,
            patch.Has(p => p.Name) ? patch.Value.Name ?? "" : token.Name,
            patch.Has(p => p.Networks) ? patch.Value.Networks : token.Networks,
            patch.Has(p => p.ExpiresAt) ? patch.Value.ExpiresAt is { } end ? AsStored(end) : null : token.ExpiresAt,
            cancellationToken);
    }

    /// <summary>The same for a form, which always says all of it.</summary>
    public async Task<TokenOutcome> SetLimitsAsync(
        Guid id, string name, IReadOnlyList<string> networks, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var (token, obstacle) = await FindToChangeAsync(id, null, cancellationToken);
        return token is null ? obstacle! : await SetAsync(token, name, networks, expiresAt, cancellationToken);
    }

    private async Task<TokenOutcome> SetAsync(
        ApiToken token, string name, IReadOnlyList<string>? given, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var (networks, unread) = Read(given);
        var movesEnd = expiresAt != token.ExpiresAt;
        var moves = movesEnd || !networks.SequenceEqual(token.Networks);
        var wrong = WrongName(name) ?? unread ?? (movesEnd ? WrongExpiry(expiresAt) : null)
            ?? (moves ? await BeyondTokenAsync(networks, expiresAt, cancellationToken) : null);
        return wrong ?? await ChangeAsync(token, name.Trim(), networks, expiresAt, cancellationToken);
    }

    /// <summary>Gives the token a new secret; the one before opens it too until the overlap is over.</summary>
    public async Task<TokenOutcome> RotateAsync(Guid id, RotateTokenRequest request, CancellationToken cancellationToken)
    {
        if (request.OverlapMinutes is < 0 or > LongestOverlap)
            return new TokenOutcome.Invalid("overlapMinutes", TokenFault.Overlap, $"Choose 0 to {LongestOverlap} minutes.");
        var (token, obstacle) = await FindToChangeAsync(id, null, cancellationToken);
        if (token is null) return obstacle!;

        var text = TokenText.Make();
        var before = new { token.Prefix };
        var overlaps = request.OverlapMinutes > 0;
        token.PreviousHash = overlaps ? token.Hash : null;
        token.PreviousUntil = overlaps ? time.GetUtcNow().AddMinutes(request.OverlapMinutes) : null;
        (token.Hash, token.Prefix) = (TokenText.Hash(text), TokenText.Shown(text));
        db.AuditEvents.Add(actor.Did(tenant.Id, AuditActions.TokenRotated, "token", token.Id, token.Name, before, new { token.Prefix, token.PreviousUntil }));
        await db.SaveChangesAsync(cancellationToken);
        return new TokenOutcome.Issued(token, text);
    }

    public async Task<TokenOutcome> RevokeAsync(Guid id, Precondition? ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } token) return new TokenOutcome.NotFound();
        if (ifMatch?.Matches(token.Version) == false) return new TokenOutcome.Stale(token);
        if (token.RevokedAt is not null) return new TokenOutcome.Done(token);

        token.RevokedAt = time.GetUtcNow();
        db.AuditEvents.Add(ApiTokenAudit.Event(token, AuditActions.TokenRevoked, actor));
        await db.SaveChangesAsync(cancellationToken);
        return new TokenOutcome.Done(token);
    }

    private async Task<(ApiToken? Token, TokenOutcome? Obstacle)> FindToChangeAsync(Guid id, Precondition? ifMatch, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) switch
        {
            null => (null, new TokenOutcome.NotFound()),
            var token when !IsOwn(token) => (null, new TokenOutcome.NotYours()),
            var token when ifMatch?.Matches(token.Version) == false => (null, new TokenOutcome.Stale(token)),
            { RevokedAt: not null } => (null, new TokenOutcome.Refused(TokenFault.Revoked, "This token was revoked; make another one.")),
            // A token must not renew, or learn the secret of, one that may do more than itself.
            var token when user.Scopes is { } own && token.Scopes.Except(own).Any() =>
                (null, new TokenOutcome.Refused(TokenFault.ScopesBeyondToken, "Your own token may do less than that one.")),
            var token => (token, null),
        };

    private async Task<TokenOutcome> ChangeAsync(
        ApiToken token, string name, List<string> networks, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        if (token.Name == name && token.Networks.SequenceEqual(networks) && token.ExpiresAt == expiresAt) return new TokenOutcome.Done(token);
        var before = ApiTokenAudit.Limits(token);
        (token.Name, token.Networks, token.ExpiresAt) = (name, networks, expiresAt);
        db.AuditEvents.Add(actor.Did(tenant.Id, AuditActions.TokenChanged, "token", token.Id, token.Name, before, ApiTokenAudit.Limits(token)));
        await db.SaveChangesAsync(cancellationToken);
        return new TokenOutcome.Done(token);
    }

    // PostgreSQL keeps microseconds, so that what is read back equals what was given.
    private static DateTimeOffset AsStored(DateTimeOffset time) => time.ToUniversalTime().AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    private static TokenOutcome.Invalid? WrongName(string name) =>
        name.Trim().Length is 0 or > 100 ? new("name", TokenFault.Name, "Give 1 to 100 characters.") : null;

    private TokenOutcome.Invalid? WrongScopes(IReadOnlyList<string> scopes)
    {
        if (scopes.Count == 0 || scopes.Except(Scopes.All).Any()) return new("scopes", TokenFault.Scopes, $"Name one or more of {string.Join(", ", Scopes.All)}.");
        if (user.Scopes is { } own && scopes.Except(own).FirstOrDefault() is { } more)
            return new("scopes", TokenFault.ScopesBeyondToken, $"Your own token lacks {more}: it cannot hand out more than it has.");
        return scopes.Except(Scopes.Of(Place!.Role)).FirstOrDefault() is { } beyond
            ? new("scopes", TokenFault.ScopesBeyondRole, $"Your role does not reach as far as {beyond}.")
            : null;
    }

    private TokenOutcome.Invalid? WrongExpiry(DateTimeOffset? expiresAt)
    {
        var now = time.GetUtcNow();
        return expiresAt is { } end && end > now && end <= now + LongestLife ? null : new("expiresAt", TokenFault.Expiry, "Choose a time within the next 366 days.");
    }

    /// <summary>Whoever came with a token gives no token a longer life or wider networks than it has itself.</summary>
    private async Task<TokenOutcome.Invalid?> BeyondTokenAsync(List<string> networks, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        if (user.TokenId is not { } id || await db.ApiTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Id == id, cancellationToken) is not { } own) return null;
        if (!Networks.Lie(networks, own.Networks)) return new("networks", TokenFault.NetworksBeyondToken, "Your own token may not be used from everywhere there.");
        return own.ExpiresAt is { } end && (expiresAt is null || expiresAt > end)
            ? new("expiresAt", TokenFault.ExpiryBeyondToken, "Your own token ends before that.")
            : null;
    }

    private static (List<string> Networks, TokenOutcome.Invalid? Wrong) Read(IReadOnlyList<string>? given)
    {
        var (read, wrong) = Networks.ReadAll(given);
        return (read, wrong is null ? null : new("networks", TokenFault.Networks, wrong));
    }
}

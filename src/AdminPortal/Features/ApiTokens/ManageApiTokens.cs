using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.ApiTokens;

/// <summary>A token without its secret.</summary>
/// <param name="Id">The token.</param>
/// <param name="Name">Its owner's words for it.</param>
/// <param name="Prefix">Its first characters.</param>
/// <param name="Scopes">What it may be used for, as far as its owner's role allows.</param>
/// <param name="Owner">Who it acts for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when it is refused; null: never.</param>
/// <param name="LastUsedAt">To the minute; null: not yet.</param>
/// <param name="RevokedAt">When it was revoked.</param>
internal record TokenAnswer(
    Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, Guid Owner,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt)
{
    public static TokenAnswer Of(ApiToken token) => new(
        token.Id, token.Name, token.Prefix, token.Scopes, token.UserId, token.CreatedAt, token.ExpiresAt, token.LastUsedAt, token.RevokedAt);
}

/// <summary>A new token with its secret, shown this once.</summary>
internal sealed record CreatedTokenAnswer(
    Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, Guid Owner, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, string Token)
{
    public static CreatedTokenAnswer Of(ApiToken token, string text) =>
        new(token.Id, token.Name, token.Prefix, token.Scopes, token.UserId, token.CreatedAt, token.ExpiresAt, text);
}

/// <param name="Name">Your words for it, such as the program that will use it.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="ExpiresAt">From when it is refused, at most 366 days from now; 90 days where nothing is said.</param>
internal sealed record CreateTokenRequest(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null);

internal abstract record CreateTokenOutcome
{
    private CreateTokenOutcome() { }

    public sealed record Created(IssuedToken Issued) : CreateTokenOutcome;

    public sealed record Invalid(string Field, string Message) : CreateTokenOutcome;
}

internal enum RevokeTokenOutcome
{
    Revoked,
    NotFound,
    Stale,
}

/// <summary>A tenant's tokens. Whoever makes one makes it for themselves, and never with more scopes than they came with.</summary>
internal sealed class ManageApiTokens(PortalDbContext db, IssueApiToken issue, CurrentTenant tenant, CurrentUser user, Actor actor, TimeProvider time)
{
    private static readonly TimeSpan UsualLife = TimeSpan.FromDays(90);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(366);

    public async Task<PageOf<TokenAnswer>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var tokens = db.ApiTokens.AsNoTracking();
        if (query.Cursor?.Read<Guid>() is { } before) tokens = tokens.Where(t => t.Id < before);
        var found = await tokens.OrderByDescending(t => t.Id).Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<TokenAnswer>.Cut(found, query.Size, TokenAnswer.Of, t => t.Id);
    }

    public Task<ApiToken?> FindAsync(Guid id, CancellationToken cancellationToken) => db.ApiTokens.SingleOrDefaultAsync(t => t.Id == id, cancellationToken);

    public async Task<CreateTokenOutcome> CreateAsync(CreateTokenRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var expiresAt = (request.ExpiresAt ?? now + UsualLife).ToUniversalTime();
        if (Wrong(request, expiresAt, now) is { } wrong) return wrong;
        return new CreateTokenOutcome.Created(
            await issue.HandleAsync(tenant.Id, user.UserId, request.Name.Trim(), request.Scopes.Distinct(), expiresAt, cancellationToken));
    }

    public async Task<RevokeTokenOutcome> RevokeAsync(Guid id, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } token) return RevokeTokenOutcome.NotFound;
        if (!ifMatch.Matches(token.Version)) return RevokeTokenOutcome.Stale;
        if (token.RevokedAt is not null) return RevokeTokenOutcome.Revoked;

        token.RevokedAt = time.GetUtcNow();
        db.AuditEvents.Add(ApiTokenAudit.Event(token, AuditActions.TokenRevoked, actor));
        await db.SaveChangesAsync(cancellationToken);
        return RevokeTokenOutcome.Revoked;
    }

    private CreateTokenOutcome.Invalid? Wrong(CreateTokenRequest request, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        if (request.Name.Trim().Length is 0 or > 100) return new("name", "Give 1 to 100 characters.");
        if (request.Scopes.Count == 0 || request.Scopes.Except(Scopes.All).Any())
            return new("scopes", $"Name one or more of {string.Join(", ", Scopes.All)}.");
        if (user.Scopes is { } own && request.Scopes.Except(own).FirstOrDefault() is { } more)
            return new("scopes", $"Your own token lacks {more}: it cannot hand out more than it has.");
        return expiresAt <= now || expiresAt > now + LongestLife ? new("expiresAt", "Choose a time within the next 366 days.") : null;
    }
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>A tenant's OpenID Connect providers. What would leave the tenant without an administrator who can get in is refused.</summary>
internal sealed class ProviderActions(
    PortalDbContext db, CurrentTenant tenant, ProviderSecrets secrets, WhoGetsIn whoGetsIn, RecordedChange change, Actor actor,
    IOptions<OpenIdConnectSettings> rules, TimeProvider time)
{
    private const int Most = 10;
    private const string NameTaken = "There is a provider with this name already.";

    /// <summary>Why a provider has to stay as it is.</summary>
    public const string LastWayIn =
        "With this nobody might get in any more: passwords are refused, or your administrators come in by this provider alone. Allow passwords, or name another administrator, first.";

    public Task<List<SignInProvider>> AllAsync(CancellationToken cancellationToken) =>
        db.SignInProviders.Include(p => p.Roles).OrderBy(p => p.Name).ThenBy(p => p.Id).ToListAsync(cancellationToken);

    public Task<SignInProvider?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.SignInProviders.Include(p => p.Roles).SingleOrDefaultAsync(p => p.Id == id, cancellationToken);

    public async Task<(ChangeOutcome Outcome, SignInProvider? Provider)> CreateAsync(WantedProvider wanted, string? secret, CancellationToken cancellationToken)
    {
        if ((wanted.Wrong(rules.Value) ?? WrongSecret(secret)) is { } wrong) return (wrong, null);
        if (await db.SignInProviders.CountAsync(cancellationToken) >= Most) return (new ChangeOutcome.Refused($"A tenant has at most {Most} providers."), null);

        var now = time.GetUtcNow();
        var provider = new SignInProvider
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = wanted.Name, Issuer = wanted.Issuer, ClientId = wanted.ClientId, CreatedAt = now, UpdatedAt = now,
        };
        wanted.ApplyTo(provider);
        if (!string.IsNullOrEmpty(secret)) provider.ProtectedSecret = secrets.Seal(secret, provider);
        db.Add(provider);
        var record = actor.Did(
            tenant.Id, AuditActions.SignInProviderCreated, "signInProvider", provider.Id, provider.Name, after: new { provider = wanted, clientSecret = Told(secret) });
        return (await change.SaveAsync(record, moved: null, NameTaken, cancellationToken), provider);
    }

    /// <param name="id">The provider.</param>
    /// <param name="wish">From how it is to how it shall be.</param>
    /// <param name="secret">Whether the secret is spoken of, and the new one; null or empty removes it.</param>
    /// <param name="ifMatch">The version that the caller saw.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> ChangeAsync(
        Guid id, Func<WantedProvider, WantedProvider> wish, (bool IsGiven, string? Secret) secret, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } provider) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(provider.Version)) return new ChangeOutcome.Stale();
        var before = WantedProvider.Of(provider);
        var wanted = wish(before);
        if ((wanted.Wrong(rules.Value) ?? WrongSecret(secret.Secret)) is { } wrong) return wrong;
        if (wanted.IsSameAs(before) && !secret.IsGiven) return new ChangeOutcome.Done();

        var mayBreak = secret.IsGiven || !wanted.WorksLike(before) || (before.Enabled && !wanted.Enabled);
        if (mayBreak && await whoGetsIn.NeedsAsync(provider, cancellationToken)) return new ChangeOutcome.Refused(LastWayIn);

        wanted.ApplyTo(provider);
        // What was for the one issuer is not shown to another.
        if (wanted.Issuer != before.Issuer) provider.ProtectedSecret = null;
        if (secret.IsGiven) provider.ProtectedSecret = string.IsNullOrEmpty(secret.Secret) ? null : secrets.Seal(secret.Secret, provider);
        if (mayBreak) (provider.ProvenBy, provider.ProvenAt) = (null, null);
        provider.UpdatedAt = time.GetUtcNow();
        db.Entry(provider).Property(p => p.UpdatedAt).IsModified = true;

        var record = actor.Did(
            tenant.Id, AuditActions.SignInProviderChanged, "signInProvider", provider.Id, provider.Name, new { provider = before },
            new { provider = wanted, clientSecret = secret.IsGiven || wanted.Issuer != before.Issuer ? "changed" : null });
        return await SaveAndEndSessionsAsync(provider.Id, endSessions: wanted.Issuer != before.Issuer || !wanted.Enabled, record, cancellationToken);
    }

    /// <summary>Removes a provider, the roles that its claims gave, and whom it calls what.</summary>
    public async Task<ChangeOutcome> DeleteAsync(Guid id, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } provider) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(provider.Version)) return new ChangeOutcome.Stale();
        if (await whoGetsIn.NeedsAsync(provider, cancellationToken)) return new ChangeOutcome.Refused(LastWayIn);
        db.Remove(provider);
        var record = actor.Did(
            tenant.Id, AuditActions.SignInProviderDeleted, "signInProvider", provider.Id, provider.Name, before: new { provider = WantedProvider.Of(provider) });
        return await SaveAndEndSessionsAsync(provider.Id, endSessions: true, record, cancellationToken);
    }

    private async Task<ChangeOutcome> SaveAndEndSessionsAsync(Guid providerId, bool endSessions, AuditEvent record, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // What vouched for them vouches no more.
        if (endSessions) await EndSessionsAsync(providerId, cancellationToken);
        var outcome = await change.SaveAsync(record, moved: null, NameTaken, cancellationToken);
        if (outcome is ChangeOutcome.Done) await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    private Task EndSessionsAsync(Guid providerId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return db.PortalSessions
            .Where(s => s.VouchedBy == tenant.Id && s.EndedAt == null && db.SignInLinks.Any(l => l.ProviderId == providerId && l.UserId == s.UserId))
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), cancellationToken);
    }

    private static string? Told(string? secret) => string.IsNullOrEmpty(secret) ? null : "changed";

    private static ChangeOutcome.Invalid? WrongSecret(string? secret) => secret?.Length > 500 ? new("clientSecret", "Give at most 500 characters.") : null;
}

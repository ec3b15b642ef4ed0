using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Members;

/// <summary>What of a member may be changed.</summary>
internal sealed record MemberPatch(PortalRole? Role = null);

/// <summary>
/// Changes a member's role, or ends it. Rights are read at every request, so it counts at the next click and the next call. The last
/// administrator stays: changes of one tenant's members wait for each other, so that two cannot each leave the other as the last.
/// </summary>
internal sealed class ChangeMember(PortalDbContext db, CurrentTenant tenant, RecordedChange change, Actor actor, TimeProvider time)
{
    /// <summary>What may be granted here. Nobody here administers the platform by a member's row, and a mailbox has its owner elsewhere.</summary>
    public static readonly IReadOnlyList<PortalRole> Grantable = [PortalRole.TenantAdmin, PortalRole.Helpdesk, PortalRole.Auditor];

    public const string RoleWanted = "Name tenantAdmin, helpdesk or auditor.";
    public const string LastStays = "This is the last administrator: give somebody else that role first.";

    public Task<ChangeOutcome> SetRoleAsync(Guid userId, PortalRole role, Precondition ifMatch, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        if (!Grantable.Contains(role)) return new ChangeOutcome.Invalid("role", RoleWanted);
        if (await FindAsync(userId, cancellationToken) is not var (member, name)) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(member.Version)) return new ChangeOutcome.Stale();
        if (member.Role == role) return new ChangeOutcome.Done();
        if (await IsLastAdminAsync(member, cancellationToken)) return new ChangeOutcome.Refused(LastStays);

        var record = actor.Did(tenant.Id, AuditActions.MemberChanged, "member", userId, name, new { member.Role }, new { role });
        member.Role = role;
        return await change.SaveAsync(record, moved: null, "", cancellationToken);
    }, cancellationToken);

    public Task<ChangeOutcome> RemoveAsync(Guid userId, Precondition ifMatch, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        if (await FindAsync(userId, cancellationToken) is not var (member, name)) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(member.Version)) return new ChangeOutcome.Stale();
        if (await IsLastAdminAsync(member, cancellationToken)) return new ChangeOutcome.Refused(LastStays);

        await RevokeTokensAsync(userId, cancellationToken);
        db.Remove(member);
        var record = actor.Did(tenant.Id, AuditActions.MemberRemoved, "member", userId, name, before: new { member.Role });
        return await change.SaveAsync(record, moved: null, "", cancellationToken);
    }, cancellationToken);

    private async Task<ChangeOutcome> InTurnAsync(Func<Task<ChangeOutcome>> act, CancellationToken cancellationToken)
    {
        await using var turn = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT FROM tenant WHERE id = {tenant.Id} FOR NO KEY UPDATE", cancellationToken);
        var outcome = await act();
        if (outcome is ChangeOutcome.Done) await turn.CommitAsync(cancellationToken);
        return outcome;
    }

    private async Task<(Member Member, string Name)?> FindAsync(Guid userId, CancellationToken cancellationToken)
    {
        var found = await (
            from member in db.Members
            join user in db.Users on member.UserId equals user.Id
            where member.UserId == userId
            select new { member, user.UserName }).SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.member, found.UserName!);
    }

    private async Task<bool> IsLastAdminAsync(Member member, CancellationToken cancellationToken) =>
        member.Role == PortalRole.TenantAdmin
        && !await db.Members.AnyAsync(m => m.Role == PortalRole.TenantAdmin && m.UserId != member.UserId, cancellationToken);

    // They would be worth nothing without the role; revoked, they do not come back to life with it.
    private async Task RevokeTokensAsync(Guid userId, CancellationToken cancellationToken)
    {
        foreach (var token in await db.ApiTokens.Where(t => t.UserId == userId && t.RevokedAt == null).ToListAsync(cancellationToken))
        {
            token.RevokedAt = time.GetUtcNow();
            db.Add(actor.Did(tenant.Id, AuditActions.TokenRevoked, "token", token.Id, token.Name, after: new { token.Prefix, revoked = true }));
        }
    }
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Members;

/// <summary>Somebody with a role in the tenant.</summary>
/// <param name="Id">The person.</param>
/// <param name="UserName">What they sign in as.</param>
/// <param name="DisplayName">What people call them, where it is known.</param>
/// <param name="Role">What they may do here.</param>
/// <param name="CreatedAt">Since when.</param>
internal sealed record MemberAnswer(Guid Id, string UserName, string? DisplayName, PortalRole Role, DateTimeOffset CreatedAt);

/// <summary>A member with the version that its ETag is.</summary>
internal sealed record ListedMember(MemberAnswer Answer, long Version);

/// <summary>The members of the tenant. Owners of mailboxes are none: they have no role, only their mailbox.</summary>
internal sealed class ListMembers(PortalDbContext db)
{
    public async Task<PageOf<MemberAnswer>> PageAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var members = await Query(db.Members, query.Cursor?.Read<string>() ?? "").Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<MemberAnswer>.Cut(members, query.Size, m => m.Answer, m => m.Answer.UserName);
    }

    public Task<List<ListedMember>> AllAsync(CancellationToken cancellationToken) => Query(db.Members, "").ToListAsync(cancellationToken);

    public Task<ListedMember?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        Query(db.Members.Where(m => m.UserId == id), "").SingleOrDefaultAsync(cancellationToken);

    private IQueryable<ListedMember> Query(IQueryable<Member> members, string after) =>
        from member in members.AsNoTracking()
        join user in db.Users on member.UserId equals user.Id
        where string.Compare(user.UserName, after) > 0
        orderby user.UserName
        select new ListedMember(new(user.Id, user.UserName!, user.DisplayName, member.Role, member.CreatedAt), member.Version);
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn;

/// <summary>What the frame shows: the tenant that was entered, and who is here.</summary>
internal sealed class Frame(CurrentUser user, CurrentTenant tenant) : IPageFrame
{
    public ValueTask<PageFrame> ReadAsync(HttpContext context, CancellationToken cancellationToken) => ValueTask.FromResult(new PageFrame(
        tenant.IsEntered ? tenant.Slug : null, tenant.IsEntered ? tenant.Name : null, user.IsAuthenticated ? user.Name : null,
        tenant.IsEntered ? tenant.VisitEndsAt : null));
}

/// <summary>Keeps a person's choice of language with the person, so that it follows them to other browsers.</summary>
internal sealed class RememberLanguage(CurrentUser user, PortalDbContext db) : IRememberLanguage
{
    public Task RememberAsync(HttpContext context, string languageCode, CancellationToken cancellationToken) =>
        db.Users.Where(u => u.Id == user.UserId).ExecuteUpdateAsync(u => u.SetProperty(p => p.Language, languageCode), cancellationToken);
}

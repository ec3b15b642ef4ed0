using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.AppPasswords;

/// <summary>
/// The app passwords of a mailbox. On the mailbox's page <c>@await Component.InvokeAsync("AppPasswords", new { mailbox = id })</c>; with
/// <c>own</c> a few words for its owner, which lead to the page of their own.
/// </summary>
public sealed class AppPasswordsViewComponent : ViewComponent
{
    // A view component must be public, what it asks is internal: so it asks for it here and not in its constructor.
    public async Task<IViewComponentResult> InvokeAsync(Guid mailbox, bool own = false)
    {
        var shown = await HttpContext.RequestServices.GetRequiredService<ShowAppPasswords>().FindAsync(mailbox.ToString(), own, HttpContext.RequestAborted);
        return shown is null ? Content("") : View($"/Features/AppPasswords/{(own ? "_Own" : "_List")}.cshtml", shown);
    }
}

/// <summary>Gathers what the list says.</summary>
internal sealed class ShowAppPasswords(ManageAppPasswords manage, PortalDbContext db, CurrentTenant tenant, TimeProvider time)
{
    /// <returns>Null where the tenant has no such mailbox.</returns>
    public async Task<AppPasswordsShown?> FindAsync(string mailbox, bool own, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return null;
        return new(
            found, await manage.AllAsync(found.Id, cancellationToken), time.GetUtcNow(), own ? AppPasswordPlace.OfOwner(tenant) : AppPasswordPlace.Of(tenant, found.Id),
            own || May(Policies.ManageTenant), own || May(Policies.SwitchAccess), await manage.IsServedHereAsync(found, cancellationToken),
            await db.Tenants.Where(t => t.Id == tenant.Id).Select(t => t.AccountPasswordForMail).SingleAsync(cancellationToken));
    }

    private bool May(string policy) => Policies.TenantRoles[policy].Contains(tenant.Role);
}

/// <param name="Mailbox">Whose.</param>
/// <param name="All">Newest first.</param>
/// <param name="Now">Which of them have run out.</param>
/// <param name="Place">Where its pages are.</param>
/// <param name="MayMake">Whether this person makes and changes them.</param>
/// <param name="MayRevoke">Whether this person takes them back.</param>
/// <param name="ServedHere">False: the mailbox lies on another mail server.</param>
/// <param name="AccountPassword">Whether the account password opens the mailbox too.</param>
internal sealed record AppPasswordsShown(
    Mailbox Mailbox, IReadOnlyList<MailCredential> All, DateTimeOffset Now, AppPasswordPlace Place, bool MayMake, bool MayRevoke, bool ServedHere,
    bool AccountPassword);

/// <summary>The addresses of the pages, for an administrator and for the owner.</summary>
/// <param name="Base">Under which they lie.</param>
/// <param name="Query">Which of the owner's mailboxes.</param>
/// <param name="List">Where the list is to be seen.</param>
internal sealed record AppPasswordPlace(string Base, string Query, string List)
{
    public string New => $"{Base}/new{Query}";

    public string Revoke => $"{Base}{Query}{(Query.Length > 0 ? '&' : '?')}handler=Revoke";

    public string Of(MailCredential one) => $"{Base}/{one.Id}{Query}";

    public static AppPasswordPlace Of(CurrentTenant tenant, Guid mailbox)
    {
        var page = $"/t/{Uri.EscapeDataString(tenant.Slug)}/mailboxes/{mailbox}";
        return new($"{page}/app-passwords", "", $"{page}?tab=app-passwords");
    }

    public static AppPasswordPlace OfOwner(CurrentTenant tenant)
    {
        var query = $"?tenant={Uri.EscapeDataString(tenant.Slug)}";
        return new("/my/app-passwords", query, $"/my/app-passwords{query}");
    }
}

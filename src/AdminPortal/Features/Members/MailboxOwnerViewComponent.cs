using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Members;

/// <summary>
/// Who opens the settings page of a mailbox, and how to give it to its person. On the mailbox's page:
/// <c>@await Component.InvokeAsync("MailboxOwner", new { mailbox = id })</c>.
/// </summary>
public sealed class MailboxOwnerViewComponent : ViewComponent
{
    // A view component must be public, what it asks is internal: so it asks for it here and not in its constructor.
    public async Task<IViewComponentResult> InvokeAsync(Guid mailbox)
    {
        var services = HttpContext.RequestServices;
        var (db, cancellationToken) = (services.GetRequiredService<PortalDbContext>(), HttpContext.RequestAborted);
        var found = await (
            from m in db.Mailboxes.AsNoTracking()
            where m.Id == mailbox
            join u in db.Users on m.UserId equals u.Id into owners
            from u in owners.DefaultIfEmpty()
            select new { m.Address, Owner = u.UserName }).SingleOrDefaultAsync(cancellationToken);
        if (found is null) return Content("");

        var tenant = services.GetRequiredService<CurrentTenant>();
        var invitation = found.Owner is null ? await services.GetRequiredService<ListInvitations>().OfMailboxAsync(mailbox, cancellationToken) : null;
        return View("/Features/Members/Owner.cshtml", new OwnerShown(
            found.Address, found.Owner, invitation?.Answer, $"/t/{tenant.Slug}/settings/members",
            Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role), services.GetRequiredService<IMailRoutes>().IsOpen));
    }
}

/// <param name="Mailbox">Its address.</param>
/// <param name="Owner">What the owner signs in as; null where there is none.</param>
/// <param name="Invitation">The one that is open.</param>
/// <param name="Page">The members' page, where forms are sent.</param>
/// <param name="MayChange">Whether this person invites.</param>
/// <param name="SendsMail">Without it a link is shown to hand over.</param>
internal sealed record OwnerShown(string Mailbox, string? Owner, InvitationAnswer? Invitation, string Page, bool MayChange, bool SendsMail);

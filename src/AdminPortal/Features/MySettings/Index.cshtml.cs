using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.MySettings;

/// <summary>What the owner of a mailbox needs to set up a mail program, on one calm page.</summary>
[Authorize(Policy = Policies.OwnMailbox)]
internal sealed class IndexModel(GetOwnMailbox get, OwnMailboxHere here, CurrentUser user, AccessReasons reasons) : PageModel
{
    // Receiving first, the better way before the older one; then sending.
    public static readonly IReadOnlyList<MailProtocol> InOrder = [MailProtocol.Imap, MailProtocol.Pop3, MailProtocol.Smtp];

    public OwnMailboxShown Shown { get; private set; } = null!;

    /// <summary>Where the caller owns other mailboxes, also where this session does not lead yet.</summary>
    public IEnumerable<TenantName> Others => user.OwnMailboxes.Where(own => own.MailboxId != here.Id).Select(own => own.Tenant)
        .Concat(user.ClosedMemberships.Where(m => m.MailboxId is not null).Select(m => m.Tenant));

    public string? Pending => reasons.Pending(Shown.With);

    public string Why(MailProtocol protocol) => reasons.Why(Shown.With, Shown[protocol]);

    public async Task<IActionResult> OnGetAsync([FromQuery] string? tenant, CancellationToken cancellationToken)
    {
        if (!here.Enter(tenant)) return await LeadAsync(tenant);
        if (await get.FindAsync(here.Id, cancellationToken) is not { } shown) return NotFound();
        Shown = shown;
        return Page();
    }

    private async Task<IActionResult> LeadAsync(string? tenant)
    {
        if (here.ClosedAt(tenant) is not { } closed) return NotFound();
        await TenantRoutes.LeadIntoAsync(HttpContext, closed, OwnMailboxRoutes.Page);
        return new EmptyResult();
    }
}

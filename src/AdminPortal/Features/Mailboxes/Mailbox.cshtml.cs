using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Mailboxes;

/// <summary>
/// One mailbox: may it use this protocol, why, does it work. What other rooms know about it they show themselves: this page composes their
/// view components by name.
/// </summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class MailboxModel(ListMailboxes list, FindByAddress byAddress, ListSignIns signIns, CurrentTenant tenant) : PageModel
{
    /// <summary>The tabs below the cards, by their word in the address; the first needs none.</summary>
    public static readonly IReadOnlyList<string> Tabs = ["", "connectivity", "app-passwords", "sign-ins", "history", "about"];

    public ListedMailbox Listed { get; private set; } = null!;

    public string Tab { get; private set; } = "";

    public IReadOnlyList<SignInAttempt> SignIns { get; private set; } = [];

    public Mailbox Mailbox => Listed.With.Mailbox;

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    public bool MayReadHistory => Policies.TenantRoles[Policies.ReadAudit].Contains(tenant.Role);

    public bool MayManage => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    /// <summary>What is handed out, what was checked and what happened are read again when a switch above them was pressed.</summary>
    public bool FollowsSwitches => Tab is "" or "connectivity" or "history";

    /// <param name="mailbox">A primary address or an id; an alias leads on to the primary address.</param>
    /// <param name="tab">Which tab; a word that is none, or of a tab that is not for this person, leads to the first.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IActionResult> OnGetAsync(string mailbox, string? tab, CancellationToken cancellationToken)
    {
        if (await list.FindOneAsync(mailbox, cancellationToken) is not { } found) return await LeadOnAsync(mailbox, cancellationToken);
        if (tab is not null && !IsTab(tab)) return LocalRedirect(Request.Path);
        (Listed, Tab) = (found, tab ?? "");
        if (Tab == "sign-ins") SignIns = await signIns.LatestAsync(Mailbox.Id, cancellationToken);
        return Page();
    }

    private bool IsTab(string tab) => Tabs.Contains(tab) && (tab != "history" || MayReadHistory);

    private async Task<IActionResult> LeadOnAsync(string mailbox, CancellationToken cancellationToken) =>
        await byAddress.FindAsync(mailbox, cancellationToken) is { } address
            ? LocalRedirect($"{Base}/mailboxes/{Uri.EscapeDataString(address)}{Request.QueryString}")
            : NotFound();
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Connectivity;

/// <summary>What the panel's form posts: for an administrator, and for the owner.</summary>
internal abstract class CheckForm(RunConnectivityCheck run, ShowPanel panel) : PageModel
{
    /// <summary>Runs the checks, then shows the panel alone, or the page it was on.</summary>
    protected async Task<IActionResult> RunAsync(
        Guid mailbox, bool own, string? protocol, string? password, string? returnUrl, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(password)) password = null;
        IReadOnlyList<MailProtocol> protocols = protocol == "all" ? MailProtocols.All : MailProtocols.Read(protocol) is { } one ? [one] : [];
        if (protocols.Count == 0 || !RunConnectivityCheckRequest.CanBeSent(password)) return BadRequest();

        var outcome = await run.HandleAsync(new(mailbox.ToString(), protocols, password), cancellationToken);
        if (outcome is RunConnectivityCheckOutcome.NotFound) return NotFound();
        if (!Request.Headers.ContainsKey("HX-Request")) return LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : "/");

        var trouble = outcome is RunConnectivityCheckOutcome.NoEndpoint ? "NoEndpoint" : null;
        return Partial(ShowPanel.View, await panel.HandleAsync(mailbox, own, trouble, cancellationToken));
    }
}

[Authorize(Policy = Policies.SwitchAccess)]
internal sealed class CheckModel(RunConnectivityCheck run, ShowPanel panel) : CheckForm(run, panel)
{
    public IActionResult OnGet() => RedirectToPage("/Connectivity/Index", new { tenant = RouteData.Values["tenant"] });

    public Task<IActionResult> OnPostAsync(Guid mailbox, string? protocol, string? password, string? returnUrl, CancellationToken cancellationToken) =>
        RunAsync(mailbox, own: false, protocol, password, returnUrl, cancellationToken);
}

[Authorize(Policy = Policies.OwnMailbox)]
internal sealed class OwnCheckModel(RunConnectivityCheck run, ShowPanel panel, OwnMailboxHere here) : CheckForm(run, panel)
{
    public IActionResult OnGet() => LocalRedirect("/my");

    // Which mailbox is no question of the form: it is the caller's own.
    public async Task<IActionResult> OnPostAsync(
        [FromQuery] string? tenant, string? protocol, string? password, string? returnUrl, CancellationToken cancellationToken) =>
        here.Enter(tenant) ? await RunAsync(here.Id, own: true, protocol, password, returnUrl, cancellationToken) : NotFound();
}

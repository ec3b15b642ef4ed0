using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Features.Connectivity;

/// <summary>
/// The latest check of each protocol of one mailbox, and the buttons that run new ones. On the mailbox's page and the owner's:
/// <c>@await Component.InvokeAsync("ConnectivityPanel", new { mailbox = id })</c>, with <c>own = true</c> for the owner.
/// </summary>
public sealed class ConnectivityPanel : ViewComponent
{
    // A view component must be public, what it asks is internal: so it asks for it here and not in its constructor.
    public async Task<IViewComponentResult> InvokeAsync(Guid mailbox, bool own = false)
    {
        var services = HttpContext.RequestServices;
        var model = await services.GetRequiredService<ShowPanel>().HandleAsync(mailbox, own, trouble: null, HttpContext.RequestAborted);
        return View(ShowPanel.View, model);
    }
}

/// <summary>What the panel shows: with its page, and alone after a check.</summary>
internal sealed class ShowPanel(ListConnectivityChecks list, CurrentTenant tenant)
{
    public const string View = "/Features/Connectivity/Panel.cshtml";

    public async Task<PanelModel> HandleAsync(Guid mailbox, bool own, string? trouble, CancellationToken cancellationToken)
    {
        var latest = await list.LatestOfAsync(mailbox, cancellationToken);
        var standing = await list.StandingAsync([.. latest.Values], cancellationToken);
        return new(mailbox, tenant.Slug, own, CanRun(own), trouble, latest, latest.Keys.Except(standing.Select(check => check.Row.Protocol)).ToHashSet());
    }

    private bool CanRun(bool own) => own || Policies.TenantRoles[Policies.SwitchAccess].Contains(tenant.Role);
}

/// <param name="Mailbox">Whose.</param>
/// <param name="Tenant">The slug, for the form's address.</param>
/// <param name="Own">The owner looks, not an administrator.</param>
/// <param name="CanRun">An auditor may only look.</param>
/// <param name="Trouble">A key of the room's texts: why the checks that were asked for did not run.</param>
/// <param name="Latest">The latest check of each protocol that has one.</param>
/// <param name="Overtaken">Whose switch has moved since.</param>
internal sealed record PanelModel(
    Guid Mailbox, string Tenant, bool Own, bool CanRun, string? Trouble, IReadOnlyDictionary<MailProtocol, KeptCheck> Latest,
    IReadOnlySet<MailProtocol> Overtaken)
{
    public string Action => Own ? $"/my/check?tenant={Uri.EscapeDataString(Tenant)}" : $"/t/{Uri.EscapeDataString(Tenant)}/connectivity/check";
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Overview;

/// <summary>The first page of a tenant: what is on, what fails, what changed, what is at work.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class IndexModel(ReadOverview read, CurrentTenant tenant) : PageModel
{
    public string Name => tenant.Name;

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    public bool MayManage => May(Policies.ManageTenant);

    public bool MayReadAudit => May(Policies.ReadAudit);

    public long Mailboxes { get; private set; }

    public IReadOnlyList<ProtocolOverview> Access { get; private set; } = [];

    public IReadOnlyList<FailingCheck> Failing { get; private set; } = [];

    public IReadOnlyList<Operation> Operations { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Mailboxes = await read.MailboxesAsync(cancellationToken);
        Access = await read.AccessAsync(cancellationToken);
        Operations = await read.OperationsAsync(cancellationToken);
        if (Mailboxes > 0) Failing = await read.FailingAsync(cancellationToken);
    }

    /// <summary>The list of mailboxes, narrowed to what a layer decides.</summary>
    public string AddressOf(Layer layer) => $"{Base}/mailboxes{QueryString.Create(layer.IsPlan ? "plan" : "domain", layer.Name)}";

    public string AddressOf(FailingCheck check) => $"{Base}/mailboxes/{Uri.EscapeDataString(check.Address)}?tab=connectivity";

    private bool May(string policy) => Policies.TenantRoles[policy].Contains(tenant.Role);
}

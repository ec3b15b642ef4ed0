using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Tenants;

/// <summary>The mail servers that the tenant's mailboxes are assigned to, and whether checks can sign in there.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class MailServersModel(ShowPods pods, CurrentTenant tenant) : PageModel
{
    public IReadOnlyList<PodShown> Pods { get; private set; } = [];

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    public string PageOf(PodShown pod) => $"/t/{tenant.Slug}/settings/mail-servers/{pod.Id}";

    public async Task OnGetAsync(CancellationToken cancellationToken) => Pods = await pods.ListAsync(cancellationToken);
}

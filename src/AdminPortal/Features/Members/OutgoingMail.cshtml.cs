using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Members;

/// <summary>Mail of the portal that waits or was given up, of all tenants, without its content: what the operator must see to.</summary>
[Authorize(Policies.Platform)]
internal sealed class OutgoingMailModel(CrossTenant crossTenant, IMailRoutes mail) : PageModel
{
    private const int Most = 200;

    public bool SendsMail => mail.IsOpen;

    public IReadOnlyList<UnsentMail> Unsent { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken) => Unsent = await crossTenant.ListUnsentMailAsync(Most, cancellationToken);
}

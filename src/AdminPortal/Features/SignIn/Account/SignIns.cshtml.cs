using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>Who came in under one's own name lately, and who tried.</summary>
[Authorize]
internal sealed class SignInsModel(RecentSignIns recent, CurrentUser user) : PageModel
{
    private const int Most = 50;

    public string UserName => user.Name;

    public IReadOnlyList<PortalSignIn> Recent { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (user.Session is not { } own) return Forbid();
        Recent = await recent.ListAsync(user.UserId, own.VouchedBy, Most, cancellationToken);
        return Page();
    }
}

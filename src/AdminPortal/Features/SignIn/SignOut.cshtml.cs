using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.SignIn;

/// <summary>Ends this browser's session, for everybody who may hold its cookie. By POST alone: a link from elsewhere must not sign anybody out.</summary>
[AllowAnonymous]
internal sealed class SignOutModel(Sessions sessions, CurrentUser user, SignInRecord record) : PageModel
{
    public IActionResult OnGet() => User.Identity is { IsAuthenticated: true } ? Page() : LocalRedirect("/sign-in");

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (user.Session is { } session)
        {
            await sessions.EndAsync(user.UserId, session.Id, cancellationToken);
            await record.WriteAsync(user.UserId, user.Name, AuditActions.SignedOut, cancellationToken);
        }
        await HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
        return LocalRedirect("/sign-in");
    }
}

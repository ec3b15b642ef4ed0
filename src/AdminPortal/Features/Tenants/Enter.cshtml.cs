using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Tenants;

/// <summary>
/// The one deliberate step by which a platform administrator enters a tenant, and the way out. The tenant stands in the address under
/// another name than on its own pages: here nobody is in it yet.
/// </summary>
[Authorize(Policies.Platform)]
internal sealed class EnterModel(CrossTenant crossTenant, TenantVisits visits, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, StringLength(200), Display(Name = "Reason")]
    public string? Reason { get; set; }

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public TenantName Found { get; private set; } = null!;

    // Its name would make it a handler, for requests with the method PAGE.
    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (await crossTenant.FindTenantAsync((string)RouteData.Values["name"]!, HttpContext.RequestAborted) is not { } found)
        {
            context.Result = NotFound();
            return;
        }
        Found = found;
        await next();
    }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) =>
        await visits.EndOfCurrentAsync(Found, cancellationToken) is null ? Page() : Onwards();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        await visits.EnterAsync(Found, string.IsNullOrWhiteSpace(Reason) ? null : Reason.Trim(), cancellationToken);
        return Onwards();
    }

    public async Task<IActionResult> OnPostLeaveAsync(CancellationToken cancellationToken)
    {
        await visits.LeaveAsync(Found, cancellationToken);
        new StatusMessage(texts["Left", Found.Name]).KeepFor(TempData);
        return LocalRedirect("/");
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : $"/t/{Found.Slug}");
}

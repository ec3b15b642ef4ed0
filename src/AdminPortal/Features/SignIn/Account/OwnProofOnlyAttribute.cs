using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>
/// On pages that change how a person signs in everywhere. A session by a tenant's issuer may not: whoever runs that issuer could make it say
/// anything, add a passkey of theirs, and come back as the person in every other tenant.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OwnProofOnlyAttribute : Attribute, IPageFilter
{
    public void OnPageHandlerSelected(PageHandlerSelectedContext context)
    {
    }

    public void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        var user = context.HttpContext.RequestServices.GetRequiredService<CurrentUser>();
        if (user.Session is not { VouchedBy: null }) context.Result = new LocalRedirectResult("/account");
    }

    public void OnPageHandlerExecuted(PageHandlerExecutedContext context)
    {
    }
}

namespace AdminPortal.Hosting;

/// <summary>
/// A tenant may ask for a second factor. Until the session has one, all of that tenant is closed to it (<see cref="CurrentUser.ClosedMemberships"/>),
/// and who belongs there is led to set one up before anything is shown.
/// </summary>
internal static class SecondFactor
{
    /// <summary>Where it is set up, or used; leads back to <c>returnUrl</c>.</summary>
    public static string PageFor(string returnUrl) => $"/account/two-factor?returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <param name="context">A request about a tenant that is closed for want of a second factor.</param>
    /// <param name="home">Where to come back to, when the request's own address is no page to come back to.</param>
    public static Task LeadAsync(HttpContext context, string home)
    {
        if (context.IsApi())
            return Problems.Of(
                StatusCodes.Status403Forbidden, "second-factor-required", "This organisation asks for a second factor.",
                "Set one up, or use it, on the page /account/two-factor in this browser; then repeat the request.").ExecuteAsync(context);
        var request = context.Request;
        if (StepUp.IsFragment(request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.Headers["HX-Redirect"] = PageFor(home);
            return Task.CompletedTask;
        }
        context.Response.Redirect(PageFor(HttpMethods.IsGet(request.Method) ? $"{request.Path}{request.QueryString}" : home));
        return Task.CompletedTask;
    }
}

using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace AdminPortal.Hosting;

/// <summary>
/// A change so dangerous that a browser left open, or a stolen cookie, must not be enough: whoever came with a session gives a password, a
/// code or a passkey again, unless that was in the last minutes. On a page's model it holds for the whole page, on a handler for that one
/// alone; routes say <c>RequireStepUp()</c>. Tokens are not asked: their scopes are their proof.
/// <para>A form is best put on a page that carries this attribute itself, so that the question comes before the form is filled in.</para>
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class RequireStepUpAttribute : Attribute;

internal static class StepUp
{
    /// <summary>The page that asks, and leads back to <c>returnUrl</c>.</summary>
    public const string Page = "/step-up";

    /// <summary>The stable type of the refusal, after <see cref="Problems.TypePrefix"/>.</summary>
    public const string ProblemType = "step-up-required";

    /// <summary>On a route of the API: a session without a fresh proof gets 403 with the type <see cref="ProblemType"/>.</summary>
    public static TBuilder RequireStepUp<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RequireStepUpAttribute());

    /// <summary>After authorisation: first whether the caller may at all, then whether it is surely them.</summary>
    public static IApplicationBuilder UseStepUp(this IApplicationBuilder app) => app.Use((context, next) =>
        context.IsApi() && context.GetEndpoint()?.Metadata.GetMetadata<RequireStepUpAttribute>() is not null && IsMissing(context)
            ? AskAsync(context)
            : next(context));

    private static Task AskAsync(HttpContext context)
    {
        Refusals.IsNone(context);
        return Refusal().ExecuteAsync(context);
    }

    internal static bool IsMissing(HttpContext context) =>
        context.RequestServices.GetRequiredService<CurrentUser>().Session is { HasFreshProof: false };

    /// <summary>Where a page's request is led instead, so that the person comes back to what they were about to do.</summary>
    internal static string PageFor(HttpRequest request) => $"{Page}?returnUrl={Uri.EscapeDataString(PageOf(request))}";

    private static IResult Refusal() => Problems.Of(
        StatusCodes.Status403Forbidden, ProblemType, "Prove again who you are.",
        $"A session needs a password, a code or a passkey given in the last minutes. Open {Page} in this browser, then repeat the request.");

    /// <summary>A form's own address often has no page behind it: the page on which it stood is told by the browser.</summary>
    private static string PageOf(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) && !IsFragment(request)) return $"{request.Path}{request.QueryString}";
        var page = IsFragment(request) ? request.Headers["HX-Current-URL"].ToString() : request.Headers.Referer.ToString();
        var ours = Uri.TryCreate(page, UriKind.Absolute, out var address) && address.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
        return ours && RedirectHttpResult.IsLocalUrl(address!.PathAndQuery) ? address.PathAndQuery : "/";
    }

    internal static bool IsFragment(HttpRequest request) => request.Headers.ContainsKey("HX-Request");
}

/// <summary>The same for pages: leads the person to <see cref="StepUp.Page"/> and back.</summary>
internal sealed class StepUpOfPages : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (!IsAsked(context) || !StepUp.IsMissing(context.HttpContext)) return next();
        context.Result = Lead(context.HttpContext);
        return Task.CompletedTask;
    }

    private static bool IsAsked(PageHandlerExecutingContext context) =>
        Carries(context.ActionDescriptor.HandlerTypeInfo) || (context.HandlerMethod is { } handler && Carries(handler.MethodInfo));

    private static bool Carries(MemberInfo member) => member.IsDefined(typeof(RequireStepUpAttribute), inherit: true);

    private static IActionResult Lead(HttpContext context)
    {
        var page = StepUp.PageFor(context.Request);
        if (!StepUp.IsFragment(context.Request)) return new LocalRedirectResult(page);
        // A fragment's request must not put the question into the middle of a page: htmx leads the whole window there instead.
        context.Response.Headers["HX-Redirect"] = page;
        Refusals.IsNone(context);
        return new StatusCodeResult(StatusCodes.Status403Forbidden);
    }
}

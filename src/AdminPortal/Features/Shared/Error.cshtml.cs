using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>What went wrong, in one sentence. Shown in place of an answer, whose status code stays; opened by its own address it is not there.</summary>
[AllowAnonymous, IgnoreAntiforgeryToken, ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
internal sealed class ErrorModel(IStringLocalizer<Text> texts) : PageModel
{
    private static readonly int[] Told = [400, 403, 404, 503];

    public int Code => Response.StatusCode;

    /// <summary>For a request that would have replaced a part of the page: the sentence goes to its status region.</summary>
    public bool IsPartial => Request.Headers.ContainsKey("HX-Request");

    public bool MayRetry => Code == StatusCodes.Status503ServiceUnavailable && HttpMethods.IsGet(Request.Method);

    /// <summary>Where the reader wanted to go.</summary>
    public string Address { get; private set; } = "/";

    public string Title => texts[$"Error{Key}Title"];

    public string Sentence => texts[$"Error{Key}"];

    private string Key => Told.Contains(Code) ? Code.ToString(System.Globalization.CultureInfo.InvariantCulture) : Code < 500 ? "400" : "500";

    public IActionResult OnGet() => Tell();

    public IActionResult OnPost() => Tell();

    private IActionResult Tell()
    {
        var failed = HttpContext.Features.Get<IExceptionHandlerPathFeature>();
        var answered = HttpContext.Features.Get<IStatusCodeReExecuteFeature>();
        if (failed is null && answered is null)
            Response.StatusCode = StatusCodes.Status404NotFound;

        Address = failed?.Path ?? $"{answered?.OriginalPath ?? "/"}{answered?.OriginalQueryString}";
        if (Code == StatusCodes.Status503ServiceUnavailable)
            Response.Headers.RetryAfter = "5";
        if (IsPartial)
        {
            Response.Headers["HX-Retarget"] = "#status";
            Response.Headers["HX-Reswap"] = "innerHTML";
        }
        return Page();
    }
}

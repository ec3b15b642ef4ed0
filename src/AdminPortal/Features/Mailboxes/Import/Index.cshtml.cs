using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Choose a file; what comes of it is on the page that follows.</summary>
[Authorize(Policy = Policies.ManageTenant)]
[RefuseLargeUpload, DisableRequestSizeLimit, RequestFormLimits(MultipartBodyLengthLimit = long.MaxValue)]
internal sealed class IndexModel(UploadImport uploads, IOptions<ImportLimits> limits) : PageModel
{
    public const string OwnHeader = "address,displayName,plan,pop3,imap,smtp";

    public static readonly IReadOnlyList<string> ExchangeCommands =
    [
        "Get-CASMailbox -ResultSize Unlimited | Export-Csv mailboxes.csv -Encoding utf8",
        "Get-EXOCasMailbox -ResultSize Unlimited -PropertySets Minimum,Pop,Imap | Export-Csv mailboxes.csv -Encoding utf8",
    ];

    /// <summary>Why the last file cannot be used.</summary>
    public ImportProblem? Problem { get; private set; }

    [BindProperty]
    public bool EveryValue { get; set; }

    [BindProperty]
    public AccessSetting? Pop3 { get; set; }

    [BindProperty]
    public AccessSetting? Imap { get; set; }

    [BindProperty]
    public AccessSetting? Smtp { get; set; }

    public string MostMegabytes => $"{limits.Value.MaxBytes / (1024 * 1024):N0}";

    public bool HasAction => Pop3 is not null || Imap is not null || Smtp is not null || Problem?.Kind == ImportProblemKind.ListNeedsAction;

    public IEnumerable<(string Protocol, string Name, AccessSetting? Chosen)> Actions =>
        [("POP3", nameof(Pop3), Pop3), ("IMAP4", nameof(Imap), Imap), ("SMTP", nameof(Smtp), Smtp)];

    public void OnGet(bool tooLarge)
    {
        if (tooLarge)
            Problem = new ImportProblem(ImportProblemKind.TooLarge, Line: null) { Number = limits.Value.MaxBytes };
    }

    public async Task<IActionResult> OnPostAsync(string tenant, IFormFile? file, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return BadRequest();
        await using var content = file?.OpenReadStream() ?? Stream.Null;
        var choices = new ImportChoices(EveryValue, Pop3, Imap, Smtp);
        var outcome = await uploads.HandleAsync(content, UploadedFile.Shown(file?.FileName), choices, preview: true, cancellationToken);
        if (outcome is UploadOutcome.Stored { ImportId: var import })
            return RedirectToPage("Preview", new { tenant, import });
        Problem = ((UploadOutcome.Refused)outcome).Problem;
        return Page();
    }
}

/// <summary>
/// Turns a file away by its announced length before a byte of the form is read: forms are kept on disk until they are whole. Runs before the
/// check of the antiforgery token, which reads the form.
/// </summary>
internal sealed class RefuseLargeUploadAttribute : Attribute, IAsyncAuthorizationFilter, IOrderedFilter
{
    public int Order => -1000;

    public Task OnAuthorizationAsync(AuthorizationFilterContext context)
    {
        var request = context.HttpContext.Request;
        var most = context.HttpContext.RequestServices.GetRequiredService<IOptions<ImportLimits>>().Value.MaxBytes + UploadedFile.Surroundings;
        if (HttpMethods.IsPost(request.Method) && request.ContentLength is null)
            context.Result = new StatusCodeResult(StatusCodes.Status411LengthRequired);
        else if (HttpMethods.IsPost(request.Method) && request.ContentLength > most)
            context.Result = new LocalRedirectResult($"{request.PathBase}{request.Path}?tooLarge=true");
        return Task.CompletedTask;
    }
}

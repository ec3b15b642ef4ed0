using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Mailboxes.Import;

internal static class ImportEndpoints
{
    public static IEndpointRouteBuilder MapImport(this IEndpointRouteBuilder app)
    {
        var imports = app.MapTenantApi().MapGroup("/imports").WithTags("Imports").RequireAuthorization(Policies.ManageTenant);
        imports.MapPost("", UploadAsync).WithName("importMailboxes").RequireScope(Scopes.MailboxesWrite).WithIdempotency()
            // The file's limit is counted while it streams and has more to say; the server's own, a little above, bounds what is around it.
            .WithMetadata(new RequestSizeLimitAttribute(app.ServiceProvider.GetRequiredService<IOptions<ImportLimits>>().Value.MaxBytes + UploadedFile.Surroundings))
            .Produces<ImportAnswer>().Produces<OperationAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        imports.MapGet("/{import:guid}", GetAsync).WithName("getImport").RequireScope(Scopes.MailboxesRead).Produces<ImportAnswer>();
        imports.MapPost("/{import:guid}/apply", ApplyAsync).WithName("applyImport").RequireScope(Scopes.MailboxesWrite).WithIdempotency()
            .Produces<OperationAnswer>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict);
        return app;
    }

    /// <summary>Imports mailboxes from a CSV file.</summary>
    /// <remarks>The body is the file itself, or a form with one file. It may be what Exchange's Get-CASMailbox or Get-EXOCasMailbox and
    /// Export-Csv wrote, this portal's own export, or one column of addresses together with at least one of pop3, imap and smtp. The whole
    /// file is applied in one transaction, or nothing of it. Follow the operation at Location.</remarks>
    /// <param name="dryRun">True previews: the answer is 200 with what would happen, and the file is kept for a day to be applied.</param>
    /// <param name="skipRefused">Apply the good lines although others are refused.</param>
    /// <param name="explicit">Write every value as the mailbox's own setting, also where it is in effect already.</param>
    /// <param name="pop3">For a list of addresses: enabled, disabled or inherit.</param>
    /// <param name="imap">For a list of addresses: enabled, disabled or inherit.</param>
    /// <param name="smtp">For a list of addresses: enabled, disabled or inherit.</param>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <response code="202">The file can be read to its end, and applying it is queued.</response>
    /// <response code="200">The preview, with dryRun=true.</response>
    private static async Task<IResult> UploadAsync(
        HttpRequest request, UploadImport uploads, ApplyImport apply, IOptions<ImportLimits> limits, CurrentTenant tenant, IStringLocalizer<Text> texts,
        CancellationToken cancellationToken, bool dryRun = false, bool skipRefused = false, bool @explicit = false,
        string? pop3 = null, string? imap = null, string? smtp = null, string? reason = null)
    {
        var errors = new Dictionary<string, string[]>();
        var choices = new ImportChoices(@explicit, Word("pop3", pop3, errors), Word("imap", imap, errors), Word("smtp", smtp, errors));
        if (errors.Count > 0) return Problems.Validation(errors);
        if (!UploadedFile.IsUnderstood(request)) return Problems.UnsupportedMediaType("text/csv or multipart/form-data");
        if (limits.Value.RefuseLength(request.ContentLength) is { } tooLarge) return Refuse(tooLarge, texts);
        if (await UploadedFile.OpenAsync(request, cancellationToken) is not { } file)
            return Problems.Validation("file", "The form holds no file.");

        var outcome = await uploads.HandleAsync(file.Content, file.Name, choices, dryRun, cancellationToken);
        return outcome switch
        {
            UploadOutcome.Refused refused => Refuse(refused.Problem, texts),
            UploadOutcome.Stored { Preview: { } preview } stored => Results.Ok(ImportAnswer.Of(stored.ImportId, file.Name, preview, null, texts)),
            UploadOutcome.Stored stored => await AcceptAsync(new ApplyImportRequest(stored.ImportId, skipRefused), reason, apply, tenant, cancellationToken),
            _ => throw new InvalidOperationException($"Unknown outcome {outcome}."),
        };
    }

    /// <summary>Shows a previewed import.</summary>
    /// <param name="import">Its id.</param>
    /// <response code="200">What the preview found.</response>
    private static async Task<IResult> GetAsync(
        Guid import, PortalDbContext db, IStringLocalizer<Text> texts, HttpContext context, CancellationToken cancellationToken)
    {
        var found = await db.Imports.AsNoTracking().SingleOrDefaultAsync(i => i.Id == import, cancellationToken);
        if (found is null || Previews.Of(found) is not { } preview) return Problems.NotFound();
        var answer = ImportAnswer.Of(found.Id, found.FileName, preview, found.OperationId, texts);
        return Results.Ok(answer).WithETag(ETags.Of(answer, context));
    }

    /// <summary>Applies a previewed import.</summary>
    /// <remarks>Asking twice gives the same operation. The mailboxes are compared once more then: what changed since the preview counts.</remarks>
    /// <param name="import">Its id.</param>
    /// <param name="skipRefused">Apply the good lines although others are refused.</param>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <response code="202">Queued, or done already.</response>
    private static Task<IResult> ApplyAsync(
        Guid import, ApplyImport apply, CurrentTenant tenant, CancellationToken cancellationToken, bool skipRefused = false, string? reason = null) =>
        AcceptAsync(new ApplyImportRequest(import, skipRefused), reason, apply, tenant, cancellationToken);

    private static async Task<IResult> AcceptAsync(
        ApplyImportRequest request, string? reason, ApplyImport apply, CurrentTenant tenant, CancellationToken cancellationToken) =>
        await apply.HandleAsync(request, reason, cancellationToken) switch
        {
            ApplyOutcome.Accepted { Operation: var operation } =>
                Results.Accepted(OperationAnswer.Location(tenant.Slug, operation.Id), OperationAnswer.Of(operation)),
            ApplyOutcome.NotFound => Problems.NotFound(),
            ApplyOutcome.LinesRefused { Count: var count } => Problems.Conflict($"{count} lines are refused. Correct them, or leave them out with skipRefused=true."),
            var other => throw new InvalidOperationException($"Unknown outcome {other}."),
        };

    /// <summary>The file as a whole cannot be used: line, character, column and cure stand beside the sentence.</summary>
    private static IResult Refuse(ImportProblem problem, IStringLocalizer<Text> texts)
    {
        var tooLarge = problem.Kind == ImportProblemKind.TooLarge;
        var details = new ProblemDetails
        {
            Status = tooLarge ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest,
            Type = Problems.TypePrefix + (tooLarge ? "too-large" : "unreadable-file"),
            Title = tooLarge ? "The file is too large." : "The file cannot be used. Nothing was changed.",
            Detail = $"{texts.Describe(problem)} {texts.Cure(problem)}",
        };
        details.Extensions["problem"] = RefusedRowAnswer.Of(problem, texts);
        return Results.Problem(details);
    }

    private static AccessSetting? Word(string name, string? word, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(word)) return null;
        foreach (var setting in Enum.GetValues<AccessSetting>())
            if (word.Equals(setting.ToString(), StringComparison.OrdinalIgnoreCase))
                return setting;
        errors[name] = ["Use enabled, disabled or inherit."];
        return null;
    }
}

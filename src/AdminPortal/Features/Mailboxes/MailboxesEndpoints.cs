using System.Text.Json;
using System.Text.Json.Nodes;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace AdminPortal.Features.Mailboxes;

internal static class MailboxesEndpoints
{
    public static IEndpointRouteBuilder MapMailboxes(this IEndpointRouteBuilder app)
    {
        var mailboxes = app.MapTenantApi().MapGroup("/mailboxes").WithTags("Mailboxes");
        mailboxes.MapGet("", ListAsync).WithName("listMailboxes")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.MailboxesRead).Produces<PageOf<MailboxAnswer>>();
        mailboxes.MapPost("", CreateAsync).WithName("createMailbox").WithIdempotency()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.MailboxesWrite)
            .Produces<MailboxAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        mailboxes.MapGet("/{mailbox}", GetAsync).WithName("getMailbox")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.MailboxesRead).Produces<MailboxAnswer>();
        mailboxes.MapPatch("/{mailbox}", PatchAsync).WithName("patchMailbox").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.MailboxesWrite)
            .Produces<MailboxAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        mailboxes.MapDelete("/{mailbox}", DeleteAsync).WithName("deleteMailbox").RequireStepUp().RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.MailboxesWrite)
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
        return app;
    }

    /// <summary>Lists mailboxes.</summary>
    /// <remarks>No duplicates and no holes while rows change: a page begins where the last one ended, not at a number.</remarks>
    /// <param name="sort">address or displayName; with a minus before it, descending.</param>
    /// <param name="fields">Only these members of each mailbox, separated by commas: id,address,access.</param>
    /// <response code="200">A page of mailboxes.</response>
    private static async Task<IResult> ListAsync(
        [AsParameters] ListQuery query, [AsParameters] MailboxFilterWords words, ListMailboxes mailboxes, AccessReasons reasons,
        IOptions<JsonOptions> json, CancellationToken cancellationToken, MailboxOrder? sort = null, string? fields = null)
    {
        var errors = new Dictionary<string, string[]>();
        var filter = words.Read(errors);
        var order = sort ?? MailboxOrder.ByAddress;
        var position = query.Cursor?.Read<MailboxPosition>();
        if (position is not null && position.Order != order.Word) errors["cursor"] = ["The cursor belongs to another order. Start without one."];
        var shown = FieldsOf(fields, json.Value.SerializerOptions, errors);
        if (errors.Count > 0) return Problems.Validation(errors);

        var at = mailboxes.Now;
        var rows = await mailboxes.FindAsync(filter, order, position, query.Size + 1, cancellationToken);
        return shown is null
            ? Results.Ok(PageOf<MailboxAnswer>.Cut(rows, query.Size, row => MailboxAnswer.Of(row, at, reasons), row => ListMailboxes.PositionOf(row, order)))
            : Results.Ok(PageOf<JsonObject>.Cut(
                rows, query.Size, row => Only(shown, MailboxAnswer.Of(row, at, reasons), json.Value.SerializerOptions), row => ListMailboxes.PositionOf(row, order)));
    }

    /// <summary>Makes a mailbox.</summary>
    /// <response code="201">It is there; everything is inherited.</response>
    private static async Task<IResult> CreateAsync(
        CreateMailboxRequest request, MailboxActions actions, ListMailboxes mailboxes, AccessReasons reasons, CurrentTenant tenant,
        CancellationToken cancellationToken) =>
        await actions.CreateAsync(request, cancellationToken) switch
        {
            (ChangeOutcome.Done, { } made) when await CurrentAsync(made.Id.ToString(), mailboxes, reasons, cancellationToken) is var (answer, version) =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}/mailboxes/{made.Id}", answer).WithETag(ETags.Of(version)),
            var (outcome, _) => await outcome.ProblemAsync(() => Task.FromResult<(MailboxAnswer, long)?>(null)),
        };

    /// <summary>Shows one mailbox.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">The mailbox. Its ETag is the version that PATCH and DELETE ask for; access has a tag of its own.</response>
    private static async Task<IResult> GetAsync(string mailbox, ListMailboxes mailboxes, AccessReasons reasons, CancellationToken cancellationToken) =>
        await CurrentAsync(mailbox, mailboxes, reasons, cancellationToken) is var (answer, version)
            ? Results.Ok(answer).WithETag(ETags.Of(version))
            : Problems.NotFound();

    /// <summary>Changes a mailbox.</summary>
    /// <remarks>A JSON merge patch (RFC 7396): an absent member stays as it is. Access is changed at …/access.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">The mailbox as it is now.</response>
    private static async Task<IResult> PatchAsync(
        string mailbox, MergePatch<MailboxPatch> patch, Precondition ifMatch, MailboxActions actions, ListMailboxes mailboxes, AccessReasons reasons,
        CancellationToken cancellationToken) =>
        await actions.ChangeAsync(mailbox, patch, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(mailbox, mailboxes, reasons, cancellationToken),
            var other => await other.ProblemAsync(() => CurrentAsync(mailbox, mailboxes, reasons, cancellationToken)),
        };

    /// <summary>Deletes a mailbox with its messages.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="204">It is gone; the audit trail stays.</response>
    private static async Task<IResult> DeleteAsync(
        string mailbox, Precondition ifMatch, MailboxActions actions, ListMailboxes mailboxes, AccessReasons reasons, CancellationToken cancellationToken) =>
        await actions.DeleteAsync(mailbox, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync(() => CurrentAsync(mailbox, mailboxes, reasons, cancellationToken)),
        };

    private static async Task<(MailboxAnswer, long)?> CurrentAsync(
        string mailbox, ListMailboxes mailboxes, AccessReasons reasons, CancellationToken cancellationToken) =>
        await mailboxes.FindOneAsync(mailbox, cancellationToken) is { } found
            ? (MailboxAnswer.Of(found, mailboxes.Now, reasons), found.With.Mailbox.Version)
            : null;

    /// <summary>The members asked for, as they are spelled in JSON; null for all.</summary>
    private static IReadOnlySet<string>? FieldsOf(string? fields, JsonSerializerOptions json, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(fields)) return null;
        var known = json.GetTypeInfo(typeof(MailboxAnswer)).Properties.Select(p => p.Name).ToHashSet();
        var wanted = fields.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        if (wanted.FirstOrDefault(w => !known.Contains(w)) is { } unknown)
            errors["fields"] = [$"'{unknown}' is none of {string.Join(", ", known)}."];
        return wanted;
    }

    private static JsonObject Only(IReadOnlySet<string> fields, MailboxAnswer answer, JsonSerializerOptions json)
    {
        var all = JsonSerializer.SerializeToNode(answer, json)!.AsObject();
        foreach (var name in all.Select(member => member.Key).Where(name => !fields.Contains(name)).ToList()) all.Remove(name);
        return all;
    }
}

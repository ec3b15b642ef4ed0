using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AdminPortal.Features.MailAccess;

internal static class MailAccessEndpoints
{
    public static IEndpointRouteBuilder MapMailAccess(this IEndpointRouteBuilder app)
    {
        var requests = app.ServiceProvider.GetRequiredService<IOptions<LimitsOptions>>().Value.Requests;
        var api = app.MapTenantApi().WithTags("Access");
        var access = api.MapGroup("/mailboxes/{mailbox}/access");
        access.MapGet("", GetAsync).WithName("getMailAccess")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead).Produces<AccessAnswer>();
        access.MapPut("", PutAsync).WithName("putMailAccess").RequireIfMatch()
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.AccessWrite).Produces<AccessAnswer>();
        access.MapPatch("", PatchAsync).WithName("patchMailAccess").RequireIfMatch()
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.AccessWrite).Produces<AccessAnswer>();
        access.MapGet("/explanation", ExplainAsync).WithName("explainMailAccess")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead).Produces<AccessExplanation>();
        api.MapPost("/access-changes", ChangeManyAsync).WithName("changeMailAccess").WithIdempotency()
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(requests.SelectionBytes))
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.AccessWrite)
            .Produces<OperationAnswer>(StatusCodes.Status202Accepted).Produces<BulkPreview>();
        return app;
    }

    /// <summary>Which protocols a mailbox may use, and why.</summary>
    /// <remarks>The ETag is a hash of the whole answer: it also changes when a plan, a domain, the tenant or an exception decides otherwise.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">Setting, effective state and reason for each protocol.</response>
    private static async Task<IResult> GetAsync(string mailbox, GetMailAccess get, AccessReasons reasons, CancellationToken cancellationToken) =>
        await get.FindAsync(mailbox, cancellationToken) is { } access ? Answer(access, reasons) : Problems.NotFound();

    /// <summary>Sets all three protocols of a mailbox.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">It is so, and logins obey it already.</response>
    private static Task<IResult> PutAsync(
        string mailbox, AccessPut body, Precondition ifMatch, SetMailAccess set, AccessReasons reasons, CancellationToken cancellationToken) =>
        SetAsync(new(mailbox, new(body.Pop3, body.Imap, body.Smtp), body.Reason, Expecting(ifMatch)), set, reasons, cancellationToken);

    /// <summary>Changes some protocols of a mailbox.</summary>
    /// <remarks>A JSON merge patch (RFC 7396): an absent member stays as it is; null, or "inherit", goes back to inherited.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">It is so, and logins obey it already.</response>
    private static Task<IResult> PatchAsync(
        string mailbox, MergePatch<AccessPatch> patch, Precondition ifMatch, SetMailAccess set, AccessReasons reasons, CancellationToken cancellationToken)
    {
        var sent = patch.Value;
        var changes = new AccessChanges(
            patch.Has(p => p.Pop3) ? sent.Pop3 ?? AccessSetting.Inherit : null,
            patch.Has(p => p.Imap) ? sent.Imap ?? AccessSetting.Inherit : null,
            patch.Has(p => p.Smtp) ? sent.Smtp ?? AccessSetting.Inherit : null);
        return SetAsync(new(mailbox, changes, sent.Reason, Expecting(ifMatch)), set, reasons, cancellationToken);
    }

    /// <summary>Every layer that has a say about a mailbox's access, the winner, who set it and when.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">The layers of each protocol, strongest first.</response>
    private static async Task<IResult> ExplainAsync(string mailbox, ExplainMailAccess explain, CancellationToken cancellationToken) =>
        await explain.HandleAsync(mailbox, cancellationToken) is var (access, explanation)
            ? Results.Ok(explanation).WithETag(ETag(access))
            : Problems.NotFound();

    /// <summary>Changes access of many mailboxes at once.</summary>
    /// <remarks>The selection names ids or addresses, or is a filter as in the list of mailboxes. The change is one transaction: all of it
    /// happens or nothing does. Follow the operation at Location; it can be taken back there.</remarks>
    /// <param name="dryRun">True previews: nothing is queued, and the answer is 200 with the numbers.</param>
    /// <response code="202">Queued.</response>
    /// <response code="200">The preview, with dryRun=true.</response>
    private static async Task<IResult> ChangeManyAsync(
        BulkBody body, BulkSetMailAccess bulk, CurrentTenant tenant, CancellationToken cancellationToken, bool dryRun = false)
    {
        var errors = new Dictionary<string, string[]>();
        var change = body.Read(errors);
        if (errors.Count > 0) return Problems.Validation(errors);
        return dryRun ? await PreviewAsync(change, bulk, cancellationToken) : await AcceptAsync(change, body.Reason, bulk, tenant, cancellationToken);
    }

    private static async Task<IResult> PreviewAsync(BulkAccessChange change, BulkSetMailAccess bulk, CancellationToken cancellationToken)
    {
        var (preview, errors) = await bulk.PreviewAsync(change, cancellationToken);
        return preview is null ? Problems.Validation(errors.ToDictionary()) : Results.Ok(preview);
    }

    private static async Task<IResult> AcceptAsync(
        BulkAccessChange change, string? reason, BulkSetMailAccess bulk, CurrentTenant tenant, CancellationToken cancellationToken) =>
        await bulk.AcceptAsync(change, reason, cancellationToken) switch
        {
            BulkSetMailAccessOutcome.Accepted accepted => Results.Accepted(
                OperationAnswer.Location(tenant.Slug, accepted.Operation.Id), OperationAnswer.Of(accepted.Operation)),
            BulkSetMailAccessOutcome.Invalid invalid => Problems.Validation(invalid.Errors.ToDictionary()),
            var other => throw new InvalidOperationException($"Unknown outcome {other}."),
        };

    private static async Task<IResult> SetAsync(
        SetMailAccessRequest request, SetMailAccess set, AccessReasons reasons, CancellationToken cancellationToken) =>
        await set.HandleAsync(request, cancellationToken) switch
        {
            SetMailAccessOutcome.Changed changed => Answer(changed.Now, reasons),
            SetMailAccessOutcome.Unchanged unchanged => Answer(unchanged.Now, reasons),
            SetMailAccessOutcome.Conflict conflict => Problems.PreconditionFailed(Represent(conflict.Current, reasons)).WithETag(ETag(conflict.Current)),
            SetMailAccessOutcome.NotFound => Problems.NotFound(),
            var other => throw new InvalidOperationException($"Unknown outcome {other}."),
        };

    private static Func<MailboxAccess, bool>? Expecting(Precondition ifMatch) => ifMatch.IsAny ? null : access => ifMatch.Matches(ETag(access));

    private static IResult Answer(MailboxAccess access, AccessReasons reasons) => Results.Ok(Represent(access, reasons)).WithETag(ETag(access));

    private static AccessAnswer Represent(MailboxAccess access, AccessReasons reasons) => AccessAnswer.Of(access.With, access.At, reasons.WhyAndWhere);

    private static EntityTagHeaderValue ETag(MailboxAccess access) => new($"\"{access.Tag()}\"");
}

/// <summary>The settings that a mailbox shall have.</summary>
/// <param name="Pop3">POP3.</param>
/// <param name="Imap">IMAP4.</param>
/// <param name="Smtp">Authenticated sending.</param>
/// <param name="Reason">Why, for the audit trail.</param>
internal sealed record AccessPut(AccessSetting Pop3, AccessSetting Imap, AccessSetting Smtp, string? Reason = null);

/// <summary>The settings that shall change.</summary>
/// <param name="Pop3">POP3.</param>
/// <param name="Imap">IMAP4.</param>
/// <param name="Smtp">Authenticated sending.</param>
/// <param name="Reason">Why, for the audit trail.</param>
internal sealed record AccessPatch(AccessSetting? Pop3 = null, AccessSetting? Imap = null, AccessSetting? Smtp = null, string? Reason = null);

/// <summary>The same change for many mailboxes.</summary>
/// <param name="Selection">Which mailboxes.</param>
/// <param name="Changes">What shall become of them; an absent member stays as it is.</param>
/// <param name="Reason">Why, for the audit trail.</param>
internal sealed record BulkBody(BulkSelectionBody Selection, AccessChanges Changes, string? Reason = null)
{
    public BulkAccessChange Read(IDictionary<string, string[]> errors)
    {
        var filterErrors = new Dictionary<string, string[]>();
        var filter = Selection.Filter?.Read(filterErrors);
        foreach (var (field, sentences) in filterErrors) errors[$"selection.filter.{field}"] = sentences;
        return new(new(Selection.Ids, Selection.Addresses, filter), Changes);
    }
}

/// <summary>Exactly one member is given.</summary>
/// <param name="Ids">Mailboxes by id.</param>
/// <param name="Addresses">Mailboxes by primary address.</param>
/// <param name="Filter">All that match, as in the query of the list of mailboxes.</param>
internal sealed record BulkSelectionBody(IReadOnlyList<Guid>? Ids = null, IReadOnlyList<string>? Addresses = null, MailboxFilterWords? Filter = null);

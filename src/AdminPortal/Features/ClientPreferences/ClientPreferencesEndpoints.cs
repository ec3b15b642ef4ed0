using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.Net.Http.Headers;
using Preferences = AdminPortal.Data.ClientPreferences;

namespace AdminPortal.Features.ClientPreferences;

internal static class ClientPreferencesEndpoints
{
    public static IEndpointRouteBuilder MapClientPreferences(this IEndpointRouteBuilder app)
    {
        var mailbox = app.MapTenantApi().WithTags("Client preferences").MapGroup("/mailboxes/{mailbox}");
        mailbox.MapGet("/client-preferences", GetAsync).WithName("getClientPreferences")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead).Produces<ClientAdvice>();
        mailbox.MapPut("/client-preferences", PutAsync).WithName("putClientPreferences").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<ClientAdvice>();
        mailbox.MapPatch("/client-preferences", PatchAsync).WithName("patchClientPreferences").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<ClientAdvice>();
        mailbox.MapGet("/storage", GetStorageAsync).WithName("getStorage")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead).Produces<StorageAnswer>();

        var plan = app.MapTenantApi().WithTags("Client preferences").MapGroup("/plans/{plan:guid}");
        plan.MapGet("/client-preferences", GetOfPlanAsync).WithName("getPlanClientPreferences")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead).Produces<Preferences>();
        plan.MapPut("/client-preferences", PutOfPlanAsync).WithName("putPlanClientPreferences").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<Preferences>();
        plan.MapPatch("/client-preferences", PatchOfPlanAsync).WithName("patchPlanClientPreferences").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<Preferences>();
        return app;
    }

    /// <summary>How the mail program of a mailbox is best set up, and what a download does on the server.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">Each preference: the mailbox's own, what holds, and who says so.</response>
    private static async Task<IResult> GetAsync(string mailbox, GetClientPreferences get, CancellationToken cancellationToken) =>
        await get.FindAsync(mailbox, cancellationToken) is { } found ? Answer(found) : Problems.NotFound();

    /// <summary>Sets all preferences of a mailbox.</summary>
    /// <remarks>An absent member, or null, is inherited from the plan, then from the product.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">What holds from now on.</response>
    private static Task<IResult> PutAsync(
        string mailbox, ClientPreferencesPatch body, Precondition ifMatch, SetClientPreferences set, CancellationToken cancellationToken) =>
        SetAsync(mailbox, body.IntervalMinutes, _ => body.All, ifMatch, set, cancellationToken);

    /// <summary>Changes some preferences of a mailbox.</summary>
    /// <remarks>A JSON merge patch (RFC 7396): an absent member stays as it is; null goes back to the plan's, or the product's.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">What holds from now on.</response>
    private static Task<IResult> PatchAsync(
        string mailbox, MergePatch<ClientPreferencesPatch> patch, Precondition ifMatch, SetClientPreferences set, CancellationToken cancellationToken) =>
        SetAsync(mailbox, patch.Value.IntervalMinutes, now => Apply(patch, now), ifMatch, set, cancellationToken);

    /// <summary>How much a mailbox holds and may hold.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">Octets used, the limit, and who says so.</response>
    private static async Task<IResult> GetStorageAsync(string mailbox, GetStorage storage, HttpContext context, CancellationToken cancellationToken) =>
        await storage.FindAsync(mailbox, cancellationToken) is { } found ? Results.Ok(found).WithETag(ETags.Of(found, context)) : Problems.NotFound();

    /// <summary>What a plan advises its mailboxes.</summary>
    /// <response code="200">The plan's own; null members are left to the product's defaults.</response>
    private static async Task<IResult> GetOfPlanAsync(Guid plan, PlanPreferences plans, CancellationToken cancellationToken) =>
        await plans.FindAsync(plan, cancellationToken) is { } found ? Results.Ok(found.Preferences).WithETag(ETags.Of(found.Version)) : Problems.NotFound();

    /// <summary>Sets all preferences of a plan. They reach every mailbox of the plan that says nothing itself.</summary>
    /// <response code="200">The plan's own from now on.</response>
    private static Task<IResult> PutOfPlanAsync(
        Guid plan, ClientPreferencesPatch body, Precondition ifMatch, PlanPreferences plans, CancellationToken cancellationToken) =>
        SetOfPlanAsync(plan, body.IntervalMinutes, _ => body.All, ifMatch, plans, cancellationToken);

    /// <summary>Changes some preferences of a plan.</summary>
    /// <remarks>A JSON merge patch (RFC 7396): an absent member stays as it is; null leaves it to the product's default.</remarks>
    /// <response code="200">The plan's own from now on.</response>
    private static Task<IResult> PatchOfPlanAsync(
        Guid plan, MergePatch<ClientPreferencesPatch> patch, Precondition ifMatch, PlanPreferences plans, CancellationToken cancellationToken) =>
        SetOfPlanAsync(plan, patch.Value.IntervalMinutes, now => Apply(patch, now), ifMatch, plans, cancellationToken);

    private static async Task<IResult> SetAsync(
        string mailbox, short? interval, Func<Preferences, Preferences> change, Precondition ifMatch, SetClientPreferences set, CancellationToken cancellationToken)
    {
        if (WrongInterval(interval) is { } wrong) return wrong;
        return await set.HandleAsync(mailbox, change, tag => ifMatch.Matches(ETag(tag)), cancellationToken) switch
        {
            SetClientPreferencesOutcome.Done done => Answer(done.Now),
            SetClientPreferencesOutcome.Conflict { Current: var now } => Problems.PreconditionFailed(now.Advice).WithETag(ETag(now.Tag())),
            _ => Problems.NotFound(),
        };
    }

    private static async Task<IResult> SetOfPlanAsync(
        Guid plan, short? interval, Func<Preferences, Preferences> change, Precondition ifMatch, PlanPreferences plans, CancellationToken cancellationToken)
    {
        if (WrongInterval(interval) is { } wrong) return wrong;
        return await plans.ChangeAsync(plan, change, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetOfPlanAsync(plan, plans, cancellationToken),
            var other => await other.ProblemAsync(async () =>
                await plans.FindAsync(plan, cancellationToken) is { } now ? (now.Preferences, now.Version) : ((Preferences, long)?)null),
        };
    }

    private static Preferences Apply(MergePatch<ClientPreferencesPatch> patch, Preferences now) => new(
        patch.Has(p => p.SendReceive) ? patch.Value.SendReceive : now.SendReceive,
        patch.Has(p => p.IntervalMinutes) ? patch.Value.IntervalMinutes : now.IntervalMinutes,
        patch.Has(p => p.KeepCopyOnServer) ? patch.Value.KeepCopyOnServer : now.KeepCopyOnServer,
        patch.Has(p => p.UseIdle) ? patch.Value.UseIdle : now.UseIdle,
        patch.Has(p => p.AfterDownload) ? patch.Value.AfterDownload : now.AfterDownload);

    private static IResult? WrongInterval(short? minutes) => minutes is null or (>= ClientAdvice.LeastInterval and <= ClientAdvice.MostInterval)
        ? null
        : Problems.Validation("intervalMinutes", $"From {ClientAdvice.LeastInterval} to {ClientAdvice.MostInterval} minutes.");

    private static IResult Answer(MailboxAdvice found) => Results.Ok(found.Advice).WithETag(ETag(found.Tag()));

    private static EntityTagHeaderValue ETag(string tag) => new($"\"{tag}\"");
}

/// <summary>The preferences that shall be set.</summary>
/// <param name="SendReceive">When to send and receive.</param>
/// <param name="IntervalMinutes">How often, for every so many minutes.</param>
/// <param name="KeepCopyOnServer">Whether a program that takes mail by POP3 leaves it on the server.</param>
/// <param name="UseIdle">Whether an IMAP4 program waits for news.</param>
/// <param name="AfterDownload">What the mail server itself does with a message that a POP3 program has downloaded.</param>
internal sealed record ClientPreferencesPatch(
    SendReceive? SendReceive = null, short? IntervalMinutes = null, bool? KeepCopyOnServer = null, bool? UseIdle = null, AfterDownload? AfterDownload = null)
{
    internal Preferences All => new(SendReceive, IntervalMinutes, KeepCopyOnServer, UseIdle, AfterDownload);
}

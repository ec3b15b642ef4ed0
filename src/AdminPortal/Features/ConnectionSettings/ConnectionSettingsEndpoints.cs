using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.Net.Http.Headers;

namespace AdminPortal.Features.ConnectionSettings;

internal static class ConnectionSettingsEndpoints
{
    private const int MostLines = 12;

    public static IEndpointRouteBuilder MapConnectionSettings(this IEndpointRouteBuilder app)
    {
        var mailbox = app.MapTenantApi().WithTags("Connection settings").MapGroup("/mailboxes/{mailbox}");
        mailbox.MapGet("/connection-settings", GetAsync).WithName("getConnectionSettings")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead).Produces<ConnectionSettingsAnswer>();
        mailbox.MapPut("/connection-settings", PutAsync).WithName("putConnectionSettings").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<ConnectionSettingsAnswer>();
        mailbox.MapGet("/client-preferences", GetPreferencesAsync).WithName("getClientPreferences")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead).Produces<ClientAdvice>();
        mailbox.MapPatch("/client-preferences", PatchPreferencesAsync).WithName("patchClientPreferences").RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite).Produces<ClientAdvice>();
        return app;
    }

    /// <summary>Exactly what the user of a mailbox has to type in.</summary>
    /// <remarks>Lines of protocols that are switched off are there too, with <c>offered: false</c> and the reason.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">User name, and the lines of each protocol, the recommended one first.</response>
    private static async Task<IResult> GetAsync(
        string mailbox, GetConnectionSettings get, AccessReasons reasons, CancellationToken cancellationToken) =>
        await get.FindAsync(mailbox, cancellationToken) is { } found ? Answer(found, reasons) : Problems.NotFound();

    /// <summary>Gives a mailbox lines of its own.</summary>
    /// <remarks>A protocol without a line here inherits from the domain and the tenant; an empty list inherits everything.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">What the user has to type in from now on.</response>
    private static async Task<IResult> PutAsync(
        string mailbox, ConnectionSettingsPut body, Precondition ifMatch, SetConnectionSettings set, AccessReasons reasons, CancellationToken cancellationToken)
    {
        if (Errors(body) is { Count: > 0 } errors) return Problems.Validation(errors);
        return await set.HandleAsync(new(mailbox, body.Items, tag => ifMatch.Matches(ETag(tag))), cancellationToken) switch
        {
            SetConnectionSettingsOutcome.Done done => Answer(done.Now, reasons),
            SetConnectionSettingsOutcome.Conflict { Current: var now } => Problems.PreconditionFailed(Represent(now, reasons)).WithETag(ETag(now.Tag())),
            _ => Problems.NotFound(),
        };
    }

    /// <summary>How the mail program of a mailbox is best set up.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">When to send and receive, whether to keep a copy on the server, whether to use IDLE, and who says so.</response>
    private static async Task<IResult> GetPreferencesAsync(string mailbox, GetClientPreferences get, CancellationToken cancellationToken) =>
        await get.FindAsync(mailbox, cancellationToken) is { } found ? Answer(found) : Problems.NotFound();

    /// <summary>Changes what is advised for a mailbox.</summary>
    /// <remarks>A JSON merge patch (RFC 7396): an absent member stays as it is; null goes back to the plan's, or the product's.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">What is advised from now on.</response>
    private static async Task<IResult> PatchPreferencesAsync(
        string mailbox, MergePatch<ClientPreferencesPatch> patch, Precondition ifMatch, SetClientPreferences set, CancellationToken cancellationToken)
    {
        if (patch.Value.IntervalMinutes is not (null or (>= ClientAdvice.LeastInterval and <= ClientAdvice.MostInterval)))
            return Problems.Validation("intervalMinutes", $"From {ClientAdvice.LeastInterval} to {ClientAdvice.MostInterval} minutes.");
        return await set.HandleAsync(mailbox, Apply, tag => ifMatch.Matches(ETag(tag)), cancellationToken) switch
        {
            SetClientPreferencesOutcome.Done done => Answer(done.Now),
            SetClientPreferencesOutcome.Conflict { Current: var now } => Problems.PreconditionFailed(now.Advice).WithETag(ETag(now.Tag())),
            _ => Problems.NotFound(),
        };

        ClientPreferences Apply(ClientPreferences now) => new(
            patch.Has(p => p.SendReceive) ? patch.Value.SendReceive : now.SendReceive,
            patch.Has(p => p.IntervalMinutes) ? patch.Value.IntervalMinutes : now.IntervalMinutes,
            patch.Has(p => p.KeepCopyOnServer) ? patch.Value.KeepCopyOnServer : now.KeepCopyOnServer,
            patch.Has(p => p.UseIdle) ? patch.Value.UseIdle : now.UseIdle);
    }

    private static Dictionary<string, string[]> Errors(ConnectionSettingsPut body)
    {
        if (body.Items.Count > MostLines) return new() { ["items"] = [$"At most {MostLines} lines."] };
        return body.Items
            .SelectMany((line, position) => line.Errors().Select(error => (Field: $"items[{position}].{error.Member}", error.Sentence)))
            .GroupBy(error => error.Field, error => error.Sentence)
            .ToDictionary(field => field.Key, field => field.ToArray());
    }

    private static ConnectionSettingsAnswer Represent(MailboxConnection found, AccessReasons reasons) =>
        ConnectionSettingsAnswer.Of(found.With, found.Lines, found.At, reasons.WhyAndWhere);

    private static IResult Answer(MailboxConnection found, AccessReasons reasons) => Results.Ok(Represent(found, reasons)).WithETag(ETag(found.Tag()));

    private static IResult Answer(MailboxAdvice found) => Results.Ok(found.Advice).WithETag(ETag(found.Tag()));

    private static EntityTagHeaderValue ETag(string tag) => new($"\"{tag}\"");
}

/// <summary>The lines that a mailbox shall have of its own.</summary>
/// <param name="Items">In order; the first of each protocol is the one recommended.</param>
internal sealed record ConnectionSettingsPut(IReadOnlyList<WantedLine> Items);

/// <summary>The preferences that shall change.</summary>
/// <param name="SendReceive">When to send and receive.</param>
/// <param name="IntervalMinutes">How often, for every so many minutes.</param>
/// <param name="KeepCopyOnServer">Whether a program that takes mail by POP3 leaves it on the server.</param>
/// <param name="UseIdle">Whether an IMAP4 program waits for news.</param>
internal sealed record ClientPreferencesPatch(
    SendReceive? SendReceive = null, short? IntervalMinutes = null, bool? KeepCopyOnServer = null, bool? UseIdle = null);

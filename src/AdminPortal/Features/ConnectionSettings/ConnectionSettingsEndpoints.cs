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

    private static EntityTagHeaderValue ETag(string tag) => new($"\"{tag}\"");
}

/// <summary>The lines that a mailbox shall have of its own.</summary>
/// <param name="Items">In order; the first of each protocol is the one recommended.</param>
internal sealed record ConnectionSettingsPut(IReadOnlyList<WantedLine> Items);

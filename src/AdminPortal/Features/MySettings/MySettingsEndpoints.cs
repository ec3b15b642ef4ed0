using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;

namespace AdminPortal.Features.MySettings;

internal static class MySettingsEndpoints
{
    public static IEndpointRouteBuilder MapMySettings(this IEndpointRouteBuilder app)
    {
        app.MapMeApi().WithTags("Me").MapGet("", GetAsync).WithName("getMe").Produces<MeAnswer>();
        return app;
    }

    /// <summary>The caller's own mailbox: what it may use, what to type in, how a program is best set up.</summary>
    /// <remarks>An owner of mailboxes in several tenants names the tenant in the query.</remarks>
    /// <response code="200">Mailbox, access, connection settings and client preferences.</response>
    private static async Task<IResult> GetAsync(
        OwnMailboxHere here, GetOwnMailbox get, CurrentTenant tenant, AccessReasons reasons, HttpContext context, CancellationToken cancellationToken)
    {
        if (await get.FindAsync(here.Id, cancellationToken) is not { } own) return Problems.NotFound();
        var answer = new MeAnswer(
            own.Mailbox.Id, own.Mailbox.Address, own.Mailbox.DisplayName, tenant.Slug,
            AccessAnswer.Of(own.With, own.At, reasons.WhyAndWhere),
            ConnectionSettingsAnswer.Of(own.With, own.Lines, own.At, reasons.WhyAndWhere), own.Advice);
        return Results.Ok(answer).WithETag(ETags.Of(answer, context));
    }
}

/// <summary>The caller's own mailbox.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address">Its address.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="Tenant">The slug of its tenant.</param>
/// <param name="Access">What it may use, and why.</param>
/// <param name="ConnectionSettings">What to type in.</param>
/// <param name="ClientPreferences">How a program is best set up.</param>
internal sealed record MeAnswer(
    Guid Id, string Address, string DisplayName, string Tenant, AccessAnswer Access, ConnectionSettingsAnswer ConnectionSettings,
    ClientAdvice ClientPreferences);

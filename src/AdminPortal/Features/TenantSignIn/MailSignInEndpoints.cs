using AdminPortal.Hosting;

namespace AdminPortal.Features.TenantSignIn;

internal static class MailSignInEndpoints
{
    public static void MapMailSignInRoutes(this IEndpointRouteBuilder app)
    {
        var mail = app.MapTenantApi().MapGroup("/mail-sign-in").WithTags("Sign-in");
        mail.MapGet("", GetAsync).WithName("getMailSignIn").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<MailSignIn>();
        mail.MapPatch("", PatchAsync).WithName("patchMailSignIn").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireStepUp().RequireIfMatch().Produces<MailSignIn>();
    }

    /// <summary>With what mail programs may sign in, besides app passwords.</summary>
    private static async Task<IResult> GetAsync(ChangeMailSignIn mail, CancellationToken cancellationToken)
    {
        var tenant = await mail.ReadAsync(cancellationToken);
        return Results.Ok(MailSignIn.Of(tenant)).WithETag(ETags.Of(tenant.Version));
    }

    /// <summary>Lets mail programs use the account password of a mailbox, or app passwords alone.</summary>
    /// <remarks>
    /// A program that comes with an account password that is refused is told the same as with a wrong one. Sessions that were opened with it end
    /// within a second. The ETag is the tenant's.
    /// </remarks>
    private static async Task<IResult> PatchAsync(
        MergePatch<MailSignInPatch> patch, Precondition ifMatch, ChangeMailSignIn mail, CancellationToken cancellationToken) =>
        await mail.HandleAsync(now => patch.Has(p => p.AccountPassword, out var wanted) ? new(wanted ?? true) : now, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(mail, cancellationToken),
            var other => await other.ProblemAsync<MailSignIn>(async () => await mail.ReadAsync(cancellationToken) is var now ? (MailSignIn.Of(now), now.Version) : null),
        };
}

/// <summary>What shall change; null takes a member back to the default.</summary>
/// <param name="AccountPassword">Whether the account password of a mailbox is good for mail programs too.</param>
internal sealed record MailSignInPatch(bool? AccountPassword = null);

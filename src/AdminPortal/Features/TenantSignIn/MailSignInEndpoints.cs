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
        var read = await mail.ReadAsync(cancellationToken);
        return Results.Ok(read.Now).WithETag(ETags.Of(read.Version));
    }

    /// <summary>Lets mail programs use the account password of a mailbox, access tokens of an issuer, or app passwords alone.</summary>
    /// <remarks>
    /// What is refused is answered like a wrong password. Sessions that were opened with it end within a second. A JSON merge patch (RFC 7396), also
    /// within tokens. The ETag is the tenant's.
    /// </remarks>
    private static async Task<IResult> PatchAsync(
        MergePatch<MailSignInPatch> patch, Precondition ifMatch, ChangeMailSignIn mail, CancellationToken cancellationToken) =>
        await mail.HandleAsync(patch.ApplyTo, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(mail, cancellationToken),
            var other => await other.ProblemAsync<MailSignIn>(async () => await mail.ReadAsync(cancellationToken) is var read ? (read.Now, read.Version) : null),
        };

    private static MailSignIn ApplyTo(this MergePatch<MailSignInPatch> patch, MailSignIn now) => new(
        patch.Has(p => p.AccountPassword, out var wanted) ? wanted ?? true : now.AccountPassword,
        !patch.Has(p => p.Tokens) ? now.Tokens : patch.At(p => p.Tokens) is { } tokens ? MailTokens.With(now.Tokens, tokens) : null);
}

/// <summary>What shall change; null takes a member back to the default.</summary>
/// <param name="AccountPassword">Whether the account password of a mailbox is good for mail programs too.</param>
/// <param name="Tokens">Whose access tokens are good too; null: nobody's.</param>
internal sealed record MailSignInPatch(bool? AccountPassword = null, MailTokensPatch? Tokens = null);

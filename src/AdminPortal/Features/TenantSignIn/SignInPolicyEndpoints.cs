using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.TenantSignIn;

internal static class SignInPolicyEndpoints
{
    public static void MapSignInPolicyRoutes(this IEndpointRouteBuilder app)
    {
        var policy = app.MapTenantApi().MapGroup("/sign-in-policy").WithTags("Sign-in");
        policy.MapGet("", GetAsync).WithName("getSignInPolicy").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<SignInPolicy>();
        policy.MapPatch("", PatchAsync).WithName("patchSignInPolicy").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireStepUp().RequireIfMatch().Produces<SignInPolicy>().ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>What the tenant asks of its people when they sign in to the portal.</summary>
    /// <remarks>Mail programs are not concerned: they go on with the passwords and app passwords of the mailbox.</remarks>
    private static async Task<IResult> GetAsync(ChangeSignInPolicy policy, CancellationToken cancellationToken)
    {
        var tenant = await policy.ReadAsync(cancellationToken);
        return Results.Ok(tenant.SignIn).WithETag(ETags.Of(tenant.Version));
    }

    /// <summary>Asks for a second factor, or for the organisation's own sign-in alone.</summary>
    /// <remarks>
    /// It holds from the next request of everybody, also in sessions that are open. Platform administrators can always enter. The ETag is the
    /// tenant's.
    /// </remarks>
    private static async Task<IResult> PatchAsync(
        MergePatch<SignInPolicyPatch> patch, Precondition ifMatch, ChangeSignInPolicy policy, CancellationToken cancellationToken) =>
        await policy.HandleAsync(patch.ApplyTo, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(policy, cancellationToken),
            var other => await other.ProblemAsync<SignInPolicy>(async () => await policy.ReadAsync(cancellationToken) is var now ? (now.SignIn, now.Version) : null),
        };

    private static SignInPolicy ApplyTo(this MergePatch<SignInPolicyPatch> patch, SignInPolicy now) => new(
        patch.Has(p => p.RequireSecondFactor, out var second) ? second ?? SignInPolicy.Default.RequireSecondFactor : now.RequireSecondFactor,
        patch.Has(p => p.PasswordSignIn, out var password) ? password ?? SignInPolicy.Default.PasswordSignIn : now.PasswordSignIn);
}

/// <summary>What of the policy shall change; null takes a member back to the default.</summary>
/// <param name="RequireSecondFactor">Whether a password alone is not enough.</param>
/// <param name="PasswordSignIn"><c>refused</c>: only the organisation's own provider opens the tenant. It must have been tried first.</param>
internal sealed record SignInPolicyPatch(bool? RequireSecondFactor = null, PasswordSignIn? PasswordSignIn = null);

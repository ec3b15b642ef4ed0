using AdminPortal.Hosting;

namespace AdminPortal.Features.TenantSignIn;

internal static class ProviderEndpoints
{
    public static void MapProviderRoutes(this IEndpointRouteBuilder app)
    {
        var providers = app.MapTenantApi().MapGroup("/sign-in-providers").WithTags("Sign-in");
        providers.MapGet("", ListAsync).WithName("listSignInProviders").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin);
        providers.MapPost("", CreateAsync).WithName("createSignInProvider").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireStepUp().WithIdempotency().Produces<ProviderAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        providers.MapGet("/{provider:guid}", GetAsync).WithName("getSignInProvider").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .Produces<ProviderAnswer>();
        providers.MapPatch("/{provider:guid}", PatchAsync).WithName("patchSignInProvider").RequireAuthorization(Policies.ManageTenant)
            .RequireScope(Scopes.TenantAdmin).RequireStepUp().RequireIfMatch().Produces<ProviderAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        providers.MapDelete("/{provider:guid}", DeleteAsync).WithName("deleteSignInProvider").RequireAuthorization(Policies.ManageTenant)
            .RequireScope(Scopes.TenantAdmin).RequireStepUp().RequireIfMatch().Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists the OpenID Connect providers that may vouch for the tenant's people, by name.</summary>
    private static async Task<PageOf<ProviderAnswer>> ListAsync([AsParameters] ListQuery query, ProviderActions providers, CancellationToken cancellationToken)
    {
        var after = query.Cursor?.Read<string>();
        var rest = (await providers.AllAsync(cancellationToken)).OrderBy(p => p.Name, StringComparer.Ordinal)
            .Where(p => after is null || string.CompareOrdinal(p.Name, after) > 0).Take(query.Size + 1).ToList();
        return PageOf<ProviderAnswer>.Cut(rest, query.Size, ProviderAnswer.Of, p => p.Name);
    }

    /// <summary>Adds a provider. Nobody comes in by it who is not a member, owns a mailbox, or has a claim that gives a role.</summary>
    /// <remarks>
    /// The issuer must send people back to <c>/sign-in/callback</c> below the portal's address. The client secret is kept sealed and never shown.
    /// </remarks>
    private static async Task<IResult> CreateAsync(CreateProviderRequest request, CurrentTenant tenant, ProviderActions providers, CancellationToken cancellationToken) =>
        await providers.CreateAsync(WantedProvider.Of(request), request.ClientSecret, cancellationToken) switch
        {
            (ChangeOutcome.Done, { } made) =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}/sign-in-providers/{made.Id}", ProviderAnswer.Of(made)).WithETag(ETags.Of(made.Version)),
            var (outcome, _) => await outcome.ProblemAsync<ProviderAnswer>(() => Task.FromResult<(ProviderAnswer, long)?>(null)),
        };

    /// <summary>Shows one provider, without its secret.</summary>
    private static async Task<IResult> GetAsync(Guid provider, ProviderActions providers, CancellationToken cancellationToken) =>
        await providers.FindAsync(provider, cancellationToken) is { } found
            ? Results.Ok(ProviderAnswer.Of(found)).WithETag(ETags.Of(found.Version))
            : Problems.NotFound();

    /// <summary>Changes a provider.</summary>
    /// <remarks>
    /// Another issuer does not get the secret that was kept for this one. A change that could break it takes back that it was tried, and is
    /// refused (409) where nobody could then be sure to get in.
    /// </remarks>
    private static async Task<IResult> PatchAsync(
        Guid provider, MergePatch<ProviderPatch> patch, Precondition ifMatch, ProviderActions providers, CancellationToken cancellationToken) =>
        await providers.ChangeAsync(provider, now => now.With(patch), (patch.Has(p => p.ClientSecret, out var secret), secret), ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(provider, providers, cancellationToken),
            var other => await ProblemAsync(other, provider, providers, cancellationToken),
        };

    /// <summary>Removes a provider, the roles that its claims gave, and the sessions that began with it.</summary>
    private static async Task<IResult> DeleteAsync(Guid provider, Precondition ifMatch, ProviderActions providers, CancellationToken cancellationToken) =>
        await providers.DeleteAsync(provider, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await ProblemAsync(other, provider, providers, cancellationToken),
        };

    private static Task<IResult> ProblemAsync(ChangeOutcome outcome, Guid provider, ProviderActions providers, CancellationToken cancellationToken) =>
        outcome.ProblemAsync<ProviderAnswer>(
            async () => await providers.FindAsync(provider, cancellationToken) is { } now ? (ProviderAnswer.Of(now), now.Version) : null);
}

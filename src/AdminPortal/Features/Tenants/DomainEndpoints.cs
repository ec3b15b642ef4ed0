using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

internal static class DomainEndpoints
{
    public static void MapDomainRoutes(this IEndpointRouteBuilder app)
    {
        var domains = app.MapTenantApi().MapGroup("/domains").WithTags("Domains");
        domains.MapGet("", ListAsync).WithName("listDomains").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead);
        domains.MapPost("", CreateAsync).WithName("createDomain").RequireAuthorization(Policies.Platform).RequireScope(Scopes.TenantAdmin)
            .WithIdempotency().Produces<DomainAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        domains.MapGet("/{domain}", GetAsync).WithName("getDomain").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<DomainAnswer>();
        domains.MapPatch("/{domain}", PatchAsync).WithName("patchDomain").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireIfMatch().Produces<DomainAnswer>();
    }

    /// <summary>Lists the tenant's mail domains by name.</summary>
    private static Task<PageOf<DomainAnswer>> ListAsync([AsParameters] ListQuery query, DomainActions domains, CancellationToken cancellationToken) =>
        domains.ListAsync(query, cancellationToken);

    /// <summary>Adds a mail domain. For platform administrators: it is active at once.</summary>
    private static async Task<IResult> CreateAsync(CreateDomainRequest request, CurrentTenant tenant, DomainActions domains, CancellationToken cancellationToken) =>
        await domains.CreateAsync(request, cancellationToken) switch
        {
            (ChangeOutcome.Done, { } domain) =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}/domains/{domain.Name}", DomainAnswer.Of(domain)).WithETag(ETags.Of(domain.Version)),
            var (outcome, _) => await outcome.ProblemAsync<DomainAnswer>(() => Task.FromResult<(DomainAnswer, long)?>(null)),
        };

    /// <summary>Shows one mail domain, by its name or id.</summary>
    private static async Task<IResult> GetAsync(string domain, DomainActions domains, CancellationToken cancellationToken) =>
        await domains.FindAsync(domain, cancellationToken) is { } found
            ? Results.Ok(DomainAnswer.Of(found)).WithETag(ETags.Of(found.Version))
            : Problems.NotFound();

    /// <summary>Changes what a domain says to its mailboxes; null means: what the tenant says.</summary>
    private static async Task<IResult> PatchAsync(
        string domain, MergePatch<DomainPatch> patch, Precondition ifMatch, DomainActions domains, CancellationToken cancellationToken) =>
        await domains.ChangeAsync(domain, patch, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(domain, domains, cancellationToken),
            var other => await other.ProblemAsync<DomainAnswer>(
                async () => await domains.FindAsync(domain, cancellationToken) is { } now ? (DomainAnswer.Of(now), now.Version) : null),
        };
}

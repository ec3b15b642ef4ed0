using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

internal static class DomainEndpoints
{
    public static void MapDomainRoutes(this IEndpointRouteBuilder app)
    {
        var domains = app.MapTenantApi().MapGroup("/domains").WithTags("Domains");
        domains.MapGet("", ListAsync).WithName("listDomains").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead);
        domains.MapPost("", CreateAsync).WithName("createDomain").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .WithIdempotency().Produces<DomainAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        domains.MapGet("/{domain}", GetAsync).WithName("getDomain").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<DomainAnswer>();
        domains.MapPatch("/{domain}", PatchAsync).WithName("patchDomain").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireIfMatch().Produces<DomainAnswer>();
        domains.MapDelete("/{domain}", DeleteAsync).WithName("deleteDomain").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireStepUp().RequireIfMatch().Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
        domains.MapPost("/{domain}/proof", CheckAsync).WithName("checkDomainProof").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .WithIdempotency().Produces<DomainAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists the tenant's mail domains by name.</summary>
    private static Task<PageOf<DomainAnswer>> ListAsync([AsParameters] ListQuery query, DomainActions domains, CancellationToken cancellationToken) =>
        domains.ListAsync(query, cancellationToken);

    /// <summary>Adds a mail domain.</summary>
    /// <remarks>
    /// What a platform administrator adds is active at once. What an administrator of the tenant adds is a claim: it counts for nothing until the
    /// TXT record that <c>proof</c> names is found in its DNS. Others may claim the same domain; the first proof wins.
    /// </remarks>
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

    /// <summary>Looks now for the record that proves a claimed domain.</summary>
    /// <remarks>It is also looked for without being asked, after one minute, two, four, and so on up to every six hours.</remarks>
    /// <response code="200">The domain is the tenant's, and active.</response>
    private static async Task<IResult> CheckAsync(string domain, DomainActions domains, CancellationToken cancellationToken) =>
        await domains.CheckAsync(domain, cancellationToken) switch
        {
            ProofOutcome.Proven => await GetAsync(domain, domains, cancellationToken),
            ProofOutcome.NotThere => Problems.Conflict("The record is not there yet, or says something else. DNS may take a while to tell everybody."),
            ProofOutcome.NoAnswer => Problems.Conflict("No name server answered for this domain. Try again later."),
            ProofOutcome.TakenByAnother => Problems.Conflict("This domain belongs to another organisation."),
            _ => Problems.NotFound(),
        };

    /// <summary>Removes a domain in which no mailbox has an address.</summary>
    private static async Task<IResult> DeleteAsync(string domain, Precondition ifMatch, DomainActions domains, CancellationToken cancellationToken) =>
        await domains.DeleteAsync(domain, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync<DomainAnswer>(
                async () => await domains.FindAsync(domain, cancellationToken) is { } now ? (DomainAnswer.Of(now), now.Version) : null),
        };
}

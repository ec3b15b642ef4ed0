using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

internal static class PlanEndpoints
{
    public static void MapPlanRoutes(this IEndpointRouteBuilder app)
    {
        var plans = app.MapTenantApi().MapGroup("/plans").WithTags("Plans");
        plans.MapGet("", ListAsync).WithName("listPlans").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead);
        plans.MapPost("", CreateAsync).WithName("createPlan").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .WithIdempotency().Produces<PlanAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        plans.MapGet("/{plan:guid}", GetAsync).WithName("getPlan").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<PlanAnswer>();
        plans.MapPatch("/{plan:guid}", PatchAsync).WithName("patchPlan").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireIfMatch().Produces<PlanAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        plans.MapDelete("/{plan:guid}", DeleteAsync).WithName("deletePlan").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireIfMatch().Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists the tenant's plans by name.</summary>
    private static Task<PageOf<PlanAnswer>> ListAsync([AsParameters] ListQuery query, PlanActions plans, CancellationToken cancellationToken) =>
        plans.ListAsync(query, cancellationToken);

    /// <summary>Makes a plan; a switch that is not named is inherited from the domain.</summary>
    private static async Task<IResult> CreateAsync(CreatePlanRequest request, CurrentTenant tenant, PlanActions plans, CancellationToken cancellationToken) =>
        await plans.CreateAsync(request, cancellationToken) switch
        {
            (ChangeOutcome.Done, { } plan) =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}/plans/{plan.Id}", PlanAnswer.Of(plan)).WithETag(ETags.Of(plan.Version)),
            var (outcome, _) => await outcome.ProblemAsync<PlanAnswer>(() => Task.FromResult<(PlanAnswer, long)?>(null)),
        };

    /// <summary>Shows one plan.</summary>
    private static async Task<IResult> GetAsync(Guid plan, PlanActions plans, CancellationToken cancellationToken) =>
        await plans.FindAsync(plan, cancellationToken) is { } found ? Results.Ok(PlanAnswer.Of(found)).WithETag(ETags.Of(found.Version)) : Problems.NotFound();

    /// <summary>Changes a plan. A switch takes effect at once for every mailbox of the plan that says nothing itself.</summary>
    private static async Task<IResult> PatchAsync(
        Guid plan, MergePatch<PlanPatch> patch, Precondition ifMatch, PlanActions plans, CancellationToken cancellationToken) =>
        await plans.ChangeAsync(plan, patch, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(plan, plans, cancellationToken),
            var other => await other.ProblemAsync(() => CurrentAsync(plan, plans, cancellationToken)),
        };

    /// <summary>Deletes a plan that no mailbox has.</summary>
    private static async Task<IResult> DeleteAsync(Guid plan, Precondition ifMatch, PlanActions plans, CancellationToken cancellationToken) =>
        await plans.DeleteAsync(plan, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync(() => CurrentAsync(plan, plans, cancellationToken)),
        };

    private static async Task<(PlanAnswer, long)?> CurrentAsync(Guid plan, PlanActions plans, CancellationToken cancellationToken) =>
        await plans.FindAsync(plan, cancellationToken) is { } now ? (PlanAnswer.Of(now), now.Version) : null;
}

using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

internal static class TenantEndpoints
{
    public static void MapTenantRoutes(this IEndpointRouteBuilder app)
    {
        var all = app.MapApi().MapGroup("/tenants").WithTags("Tenants");
        all.MapGet("", ListAsync).WithName("listTenants").RequireAuthorization().RequireScope(Scopes.SettingsRead);
        all.MapPost("", CreateAsync).WithName("createTenant").RequireAuthorization(Policies.Platform).RequireScope(Scopes.TenantAdmin)
            .WithIdempotency().Produces<TenantAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);

        var one = app.MapTenantApi().WithTags("Tenants");
        one.MapGet("", GetAsync).WithName("getTenant").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<TenantAnswer>();
        one.MapPatch("", PatchAsync).WithName("patchTenant").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireIfMatch().Produces<TenantAnswer>();
    }

    /// <summary>Lists the tenants where you have a role, by name; for platform administrators all.</summary>
    private static Task<PageOf<TenantSummary>> ListAsync([AsParameters] ListQuery query, GetTenants tenants, CancellationToken cancellationToken) =>
        tenants.ListAsync(query, cancellationToken);

    /// <summary>Makes a tenant with everything switched on, a pod on the reference server, and connection settings for it.</summary>
    private static async Task<IResult> CreateAsync(CreateTenantRequest request, CreateTenant create, CancellationToken cancellationToken) =>
        await create.HandleAsync(request, cancellationToken) switch
        {
            CreateTenantOutcome.Created { Tenant: var tenant } =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}", TenantAnswer.Of(tenant)).WithETag(ETags.Of(tenant.Version)),
            CreateTenantOutcome.Invalid(var field, var message) => Problems.Validation(field, message),
            _ => Problems.Conflict("There is a tenant with this slug already."),
        };

    /// <summary>Shows one tenant with the settings that its mailboxes inherit last.</summary>
    private static async Task<IResult> GetAsync(GetTenants tenants, CancellationToken cancellationToken) =>
        await tenants.FindAsync(cancellationToken) is { } tenant
            ? Results.Ok(TenantAnswer.Of(tenant)).WithETag(ETags.Of(tenant.Version))
            : Problems.NotFound();

    /// <summary>Changes a tenant's name, languages or switches. A switch takes effect at once for every mailbox that inherits it.</summary>
    private static async Task<IResult> PatchAsync(
        MergePatch<TenantPatch> patch, Precondition ifMatch, ChangeTenant change, GetTenants tenants, CancellationToken cancellationToken) =>
        await change.HandleAsync(patch, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(tenants, cancellationToken),
            var other => await other.ProblemAsync<TenantAnswer>(async () => await tenants.FindAsync(cancellationToken) is { } now ? (TenantAnswer.Of(now), now.Version) : null),
        };
}

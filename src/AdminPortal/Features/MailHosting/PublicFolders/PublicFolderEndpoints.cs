using AdminPortal.Hosting;

namespace AdminPortal.Features.MailHosting.PublicFolders;

internal static class PublicFolderEndpoints
{
    public static void MapPublicFolders(this IEndpointRouteBuilder app)
    {
        var folders = app.MapTenantApi().MapGroup("/public-folders").WithTags("Public folders");
        folders.MapGet("", ListAsync).WithName("listPublicFolders").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead);
        folders.MapPost("", CreateAsync).WithName("createPublicFolder").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite)
            .WithIdempotency().Produces<PublicFolderAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        folders.MapGet("/{publicFolder:guid}", GetAsync).WithName("getPublicFolder").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<PublicFolderAnswer>();
        folders.MapPatch("/{publicFolder:guid}", PatchAsync).WithName("patchPublicFolder").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite)
            .RequireIfMatch().Produces<PublicFolderAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        folders.MapDelete("/{publicFolder:guid}", DeleteAsync).WithName("deletePublicFolder").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.SettingsWrite)
            .RequireIfMatch().Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists the tenant's public folders by name.</summary>
    private static Task<PageOf<PublicFolderAnswer>> ListAsync(
        [AsParameters] ListQuery query, PublicFolderActions folders, CancellationToken cancellationToken) => folders.ListAsync(query, cancellationToken);

    /// <summary>Makes a public folder; everybody in the tenant may read it, and what else is its right.</summary>
    private static async Task<IResult> CreateAsync(
        CreatePublicFolderRequest request, CurrentTenant tenant, PublicFolderActions folders, CancellationToken cancellationToken) =>
        await folders.CreateAsync(request, cancellationToken) switch
        {
            (ChangeOutcome.Done, { } folder) =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}/public-folders/{folder.Id}", PublicFolderAnswer.Of(folder)).WithETag(ETags.Of(folder.Version)),
            var (outcome, _) => await outcome.ProblemAsync<PublicFolderAnswer>(() => Task.FromResult<(PublicFolderAnswer, long)?>(null)),
        };

    /// <summary>Shows one public folder.</summary>
    private static async Task<IResult> GetAsync(Guid publicFolder, PublicFolderActions folders, CancellationToken cancellationToken) =>
        await folders.FindAsync(publicFolder, cancellationToken) is { } found
            ? Results.Ok(PublicFolderAnswer.Of(found)).WithETag(ETags.Of(found.Version))
            : Problems.NotFound();

    /// <summary>Renames a public folder, with those below it, or changes what may be done in it. Sessions obey at once.</summary>
    private static async Task<IResult> PatchAsync(
        Guid publicFolder, MergePatch<PublicFolderPatch> patch, Precondition ifMatch, PublicFolderActions folders, CancellationToken cancellationToken) =>
        await folders.ChangeAsync(publicFolder, patch, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(publicFolder, folders, cancellationToken),
            var other => await other.ProblemAsync(() => CurrentAsync(publicFolder, folders, cancellationToken)),
        };

    /// <summary>Deletes a public folder with its messages. Folders below it go first.</summary>
    private static async Task<IResult> DeleteAsync(Guid publicFolder, Precondition ifMatch, PublicFolderActions folders, CancellationToken cancellationToken) =>
        await folders.DeleteAsync(publicFolder, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync(() => CurrentAsync(publicFolder, folders, cancellationToken)),
        };

    private static async Task<(PublicFolderAnswer, long)?> CurrentAsync(Guid publicFolder, PublicFolderActions folders, CancellationToken cancellationToken) =>
        await folders.FindAsync(publicFolder, cancellationToken) is { } now ? (PublicFolderAnswer.Of(now), now.Version) : null;
}

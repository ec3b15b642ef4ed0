using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.ApiTokens;

internal static class ApiTokenEndpoints
{
    public static void MapApiTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapTenantApi().MapGroup("/tokens").WithTags("Tokens")
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin);
        tokens.MapGet("", ListAsync).WithName("listTokens");
        tokens.MapPost("", CreateAsync).WithName("createToken").RequireStepUp().WithIdempotency().Produces<CreatedTokenAnswer>(StatusCodes.Status201Created);
        tokens.MapGet("/{token:guid}", GetAsync).WithName("getToken").Produces<TokenAnswer>();
        tokens.MapDelete("/{token:guid}", RevokeAsync).WithName("revokeToken").RequireStepUp().RequireIfMatch().Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>Lists the tenant's tokens, newest first; revoked and expired ones too.</summary>
    private static Task<PageOf<TokenAnswer>> ListAsync([AsParameters] ListQuery query, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        tokens.ListAsync(query, cancellationToken);

    /// <summary>Makes a token of your own. The answer shows it once: it is stored as a hash alone.</summary>
    private static async Task<IResult> CreateAsync(CreateTokenRequest request, CurrentTenant tenant, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.CreateAsync(request, cancellationToken) switch
        {
            CreateTokenOutcome.Created({ Token: var token, Text: var text }) => Results.Created(
                $"{TenantRoutes.Api}/tenants/{tenant.Slug}/tokens/{token.Id}", CreatedTokenAnswer.Of(token, text)).WithETag(ETags.Of(token.Version)),
            CreateTokenOutcome.Invalid(var field, var message) => Problems.Validation(field, message),
            var outcome => throw new InvalidOperationException($"{outcome} has no answer."),
        };

    /// <summary>Shows one token without its secret.</summary>
    private static async Task<IResult> GetAsync(Guid token, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.FindAsync(token, cancellationToken) is { } found ? Tagged(found, Results.Ok(TokenAnswer.Of(found))) : Problems.NotFound();

    /// <summary>Revokes a token: its next call is refused. A revoked token stays in the list.</summary>
    private static async Task<IResult> RevokeAsync(Guid token, Precondition ifMatch, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(token, ifMatch, cancellationToken) switch
        {
            RevokeTokenOutcome.Revoked => Results.NoContent(),
            RevokeTokenOutcome.Stale when await tokens.FindAsync(token, cancellationToken) is { } now => Tagged(now, Problems.PreconditionFailed(TokenAnswer.Of(now))),
            _ => Problems.NotFound(),
        };

    private static IResult Tagged(ApiToken token, IResult answer) => answer.WithETag(ETags.Of(token.Version));
}

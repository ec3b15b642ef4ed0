using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.ApiTokens;

internal static class ApiTokenEndpoints
{
    public static void MapApiTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapTenantApi().MapGroup("/tokens").WithTags("Tokens")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.TokensManage);
        tokens.MapGet("", ListAsync).WithName("listTokens");
        tokens.MapPost("", CreateAsync).WithName("createToken").RequireStepUp().WithIdempotency().Produces<CreatedTokenAnswer>(StatusCodes.Status201Created);
        tokens.MapGet("/{token:guid}", GetAsync).WithName("getToken").Produces<TokenAnswer>();
        tokens.MapPatch("/{token:guid}", PatchAsync).WithName("patchToken").RequireStepUp().RequireIfMatch().Produces<TokenAnswer>()
            .ProducesProblem(StatusCodes.Status409Conflict);
        tokens.MapPost("/{token:guid}/rotate", RotateAsync).WithName("rotateToken").RequireStepUp().WithIdempotency().Produces<CreatedTokenAnswer>();
        tokens.MapDelete("/{token:guid}", RevokeAsync).WithName("revokeToken").RequireStepUp().RequireIfMatch().Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>Lists your own tokens, and for an administrator all of the tenant's, newest first; revoked and expired ones too.</summary>
    private static Task<PageOf<TokenAnswer>> ListAsync([AsParameters] ListQuery query, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        tokens.ListAsync(query, cancellationToken);

    /// <summary>Makes a token of your own. The answer shows it once: it is stored as a hash alone.</summary>
    private static async Task<IResult> CreateAsync(CreateTokenRequest request, CurrentTenant tenant, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.CreateAsync(request, cancellationToken) switch
        {
            TokenOutcome.Issued(var token, var text) => Tagged(token, Results.Created(
                $"{TenantRoutes.Api}/tenants/{tenant.Slug}/tokens/{token.Id}", CreatedTokenAnswer.Of(token, text))),
            var refused => ProblemOf(refused),
        };

    /// <summary>Shows one token without its secret.</summary>
    private static async Task<IResult> GetAsync(Guid token, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.FindAsync(token, cancellationToken) is { } found ? Tagged(found, Results.Ok(TokenAnswer.Of(found))) : Problems.NotFound();

    /// <summary>Changes the name, networks or end of a token of your own. What it may be used for stays: make another one for that.</summary>
    private static async Task<IResult> PatchAsync(
        Guid token, MergePatch<TokenPatch> patch, Precondition ifMatch, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.PatchAsync(token, patch, ifMatch, cancellationToken) switch
        {
            TokenOutcome.Done(var now) => Tagged(now, Results.Ok(TokenAnswer.Of(now))),
            var refused => ProblemOf(refused),
        };

    /// <summary>Replaces the secret of a token of your own. The answer shows the new one once; the old one is accepted a while longer.</summary>
    private static async Task<IResult> RotateAsync(Guid token, RotateTokenRequest request, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RotateAsync(token, request, cancellationToken) switch
        {
            TokenOutcome.Issued(var now, var text) => Tagged(now, Results.Ok(CreatedTokenAnswer.Of(now, text))),
            var refused => ProblemOf(refused),
        };

    /// <summary>Revokes a token: its next call is refused. A revoked token stays in the list.</summary>
    private static async Task<IResult> RevokeAsync(Guid token, Precondition ifMatch, ManageApiTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(token, ifMatch, cancellationToken) switch
        {
            TokenOutcome.Done => Results.NoContent(),
            var refused => ProblemOf(refused),
        };

    private static IResult ProblemOf(TokenOutcome outcome) => outcome switch
    {
        TokenOutcome.NotFound => Problems.NotFound(),
        TokenOutcome.Stale(var now) => Tagged(now, Problems.PreconditionFailed(TokenAnswer.Of(now))),
        TokenOutcome.NotYours => Problems.Forbidden("It is somebody else's token: you may revoke it, not change it."),
        TokenOutcome.Invalid(var field, _, var message) => Problems.Validation(field, message),
        TokenOutcome.Refused(_, var why) => Problems.Conflict(why),
        _ => throw new InvalidOperationException($"{outcome} has no answer."),
    };

    private static IResult Tagged(ApiToken token, IResult answer) => answer.WithETag(ETags.Of(token.Version));
}

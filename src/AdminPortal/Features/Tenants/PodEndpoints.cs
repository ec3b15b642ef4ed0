using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

internal static class PodEndpoints
{
    public static void MapPodRoutes(this IEndpointRouteBuilder app)
    {
        var pods = app.MapTenantApi().MapGroup("/pods").WithTags("Pods");
        pods.MapGet("", ListAsync).WithName("listPods").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead);
        pods.MapGet("/{pod:guid}", GetAsync).WithName("getPod").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<PodAnswer>();
        pods.MapPatch("/{pod:guid}", PatchAsync).WithName("patchPod").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireStepUp().RequireIfMatch().Produces<PodAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        pods.MapPut("/{pod:guid}/service-credential", PutCredentialAsync).WithName("putServiceCredential").RequireAuthorization(Policies.ManageTenant)
            .RequireScope(Scopes.TenantAdmin).RequireStepUp().RequireIfMatch().Produces<PodAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        pods.MapDelete("/{pod:guid}/service-credential", DeleteCredentialAsync).WithName("deleteServiceCredential").RequireAuthorization(Policies.ManageTenant)
            .RequireScope(Scopes.TenantAdmin).RequireStepUp().RequireIfMatch().Produces<PodAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists the mail servers that the tenant's mailboxes are assigned to.</summary>
    private static Task<PageOf<PodAnswer>> ListAsync([AsParameters] ListQuery query, PodActions pods, CancellationToken cancellationToken) =>
        pods.ListAsync(query, cancellationToken);

    /// <summary>Shows one mail server.</summary>
    private static async Task<IResult> GetAsync(Guid pod, PodActions pods, CancellationToken cancellationToken) =>
        await pods.ShowAsync(pod, cancellationToken) is var (answer, version) ? Results.Ok(answer).WithETag(ETags.Of(version)) : Problems.NotFound();

    /// <summary>Changes a mail server's name or host. Another host forgets the service credential: it was meant for the old one.</summary>
    private static async Task<IResult> PatchAsync(
        Guid pod, MergePatch<PodPatch> patch, Precondition ifMatch, PodActions pods, CancellationToken cancellationToken) =>
        await AnswerAsync(await pods.ChangeAsync(pod, patch, ifMatch, cancellationToken), pod, pods, cancellationToken);

    /// <summary>Says with what checks without a password sign in at a mail server that is not this one. No answer shows the password again.</summary>
    private static async Task<IResult> PutCredentialAsync(
        Guid pod, ServiceCredentialPut body, Precondition ifMatch, PodActions pods, CancellationToken cancellationToken) =>
        await AnswerAsync(await pods.SetCredentialAsync(pod, body, ifMatch, cancellationToken), pod, pods, cancellationToken);

    /// <summary>Forgets it: checks without a password then stop before signing in.</summary>
    private static async Task<IResult> DeleteCredentialAsync(Guid pod, Precondition ifMatch, PodActions pods, CancellationToken cancellationToken) =>
        await AnswerAsync(await pods.ClearCredentialAsync(pod, ifMatch, cancellationToken), pod, pods, cancellationToken);

    private static async Task<IResult> AnswerAsync(ChangeOutcome outcome, Guid pod, PodActions pods, CancellationToken cancellationToken) => outcome switch
    {
        ChangeOutcome.Done => await GetAsync(pod, pods, cancellationToken),
        var other => await other.ProblemAsync(() => pods.ShowAsync(pod, cancellationToken)),
    };
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>A mail server that mailboxes are assigned to.</summary>
/// <param name="Id">The pod.</param>
/// <param name="Name">What administrators call it.</param>
/// <param name="Kind">How the switches are carried out there.</param>
/// <param name="Host">Where it is; null for the reference server.</param>
internal sealed record PodAnswer(Guid Id, string Name, PodKind Kind, string? Host)
{
    public static PodAnswer Of(Pod pod) => new(pod.Id, pod.Name, pod.Kind, pod.Host);
}

internal static class PodEndpoints
{
    private sealed record Position(string Name, Guid Id);

    public static void MapPodRoutes(this IEndpointRouteBuilder app)
    {
        var pods = app.MapTenantApi().MapGroup("/pods").WithTags("Pods");
        pods.MapGet("", ListAsync).WithName("listPods").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead);
        pods.MapGet("/{pod:guid}", GetAsync).WithName("getPod").RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.SettingsRead)
            .Produces<PodAnswer>();
    }

    /// <summary>Lists the mail servers that the tenant's mailboxes are assigned to.</summary>
    private static async Task<PageOf<PodAnswer>> ListAsync([AsParameters] ListQuery query, PortalDbContext db, CancellationToken cancellationToken)
    {
        var pods = db.Pods.AsNoTracking();
        if (query.Cursor?.Read<Position>() is { } after)
            pods = pods.Where(p => EF.Functions.GreaterThan(ValueTuple.Create(p.Name, p.Id), ValueTuple.Create(after.Name, after.Id)));
        var found = await pods.OrderBy(p => p.Name).ThenBy(p => p.Id).Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<PodAnswer>.Cut(found, query.Size, PodAnswer.Of, p => new Position(p.Name, p.Id));
    }

    /// <summary>Shows one mail server.</summary>
    private static async Task<IResult> GetAsync(Guid pod, PortalDbContext db, CancellationToken cancellationToken) =>
        await db.Pods.AsNoTracking().SingleOrDefaultAsync(p => p.Id == pod, cancellationToken) is { } found
            ? Results.Ok(PodAnswer.Of(found)).WithETag(ETags.Of(found.Version))
            : Problems.NotFound();
}

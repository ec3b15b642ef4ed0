using System.Text.Json;
using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>What became of a pod's service credential.</summary>
internal enum CredentialFate
{
    NeverSet,
    Set,
    Cleared,

    /// <summary>It was for another host than the pod has now, and went when the host did.</summary>
    ClearedWithHost,
}

/// <summary>A mail server as its page shows it.</summary>
/// <param name="Id">The pod.</param>
/// <param name="Name">What administrators call it.</param>
/// <param name="Kind">How the switches are carried out there.</param>
/// <param name="Host">Where it is; null for this server.</param>
/// <param name="Version">For the next change.</param>
/// <param name="UserName">As whom checks sign in; null where they cannot.</param>
/// <param name="Fate">What became of the credential.</param>
/// <param name="By">Who did that, as the trail says; null where it says no more.</param>
/// <param name="At">When.</param>
internal sealed record PodShown(
    Guid Id, string Name, PodKind Kind, string? Host, long Version, string? UserName, CredentialFate Fate, string? By, DateTimeOffset? At)
{
    /// <summary>This server makes and keeps its credential itself.</summary>
    public bool IsEmbedded => Kind == PodKind.Embedded;
}

/// <summary>The tenant's mail servers for pages, with what the audit trail knows of their credentials.</summary>
internal sealed class ShowPods(PortalDbContext db)
{
    private static readonly string[] Telling = [AuditActions.ServiceCredentialSet, AuditActions.ServiceCredentialCleared, AuditActions.PodChanged];

    public async Task<IReadOnlyList<PodShown>> ListAsync(CancellationToken cancellationToken)
    {
        var pods = await db.Pods.AsNoTracking().OrderBy(p => p.Name).ThenBy(p => p.Id).ToListAsync(cancellationToken);
        return await ShowAsync(pods, cancellationToken);
    }

    public async Task<PodShown?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var pod = await db.Pods.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, cancellationToken);
        return pod is null ? null : (await ShowAsync([pod], cancellationToken))[0];
    }

    private async Task<IReadOnlyList<PodShown>> ShowAsync(IReadOnlyList<Pod> pods, CancellationToken cancellationToken)
    {
        var others = pods.Where(p => p.Kind != PodKind.Embedded).Select(p => (Guid?)p.Id).ToList();
        var kept = await db.ServiceCredentials.AsNoTracking().Where(c => others.Contains(c.PodId))
            .Select(c => new { c.PodId, c.UserName, c.CreatedAt }).ToDictionaryAsync(c => c.PodId, cancellationToken);
        var trail = await db.AuditEvents.AsNoTracking().Where(e => others.Contains(e.TargetId) && Telling.Contains(e.Action))
            .OrderByDescending(e => e.Id).ToListAsync(cancellationToken);
        return [.. pods.Select(pod =>
        {
            var last = trail.FirstOrDefault(e => e.TargetId == pod.Id && FateOf(e) is not null);
            var credential = kept.GetValueOrDefault(pod.Id);
            var fate = credential is not null ? CredentialFate.Set : last is null ? CredentialFate.NeverSet : FateOf(last)!.Value;
            var told = last is not null && FateOf(last) == fate ? last : null;
            return new PodShown(pod.Id, pod.Name, pod.Kind, pod.Host, pod.Version, credential?.UserName, fate, told?.ActorName, credential?.CreatedAt ?? told?.At);
        })];
    }

    private static CredentialFate? FateOf(AuditEvent told) => told.Action switch
    {
        AuditActions.ServiceCredentialSet => CredentialFate.Set,
        AuditActions.ServiceCredentialCleared => CredentialFate.Cleared,
        _ => told.After?.RootElement is { ValueKind: JsonValueKind.Object } after && after.TryGetProperty("serviceCredential", out var word)
             && word.ValueEquals(PodActions.ClearedWithHost)
            ? CredentialFate.ClearedWithHost
            : null,
    };
}

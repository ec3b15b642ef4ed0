using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Proxy;

/// <summary>
/// Keeps how much longer people wait because of the proxy: counts by pod, kind and size, written together every few seconds and kept for a day.
/// Recording is an addition in memory; should the database be away, the counts wait.
/// </summary>
internal sealed partial class PodDelayRecorder(MailDatabase database, IMeterFactory meters, TimeProvider time, ILogger<PodDelayRecorder> logger) : BackgroundService
{
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(2);

    private readonly Histogram<double> histogram =
        meters.Create("AdminPortal.MailProxy").CreateHistogram<double>("mailproxy.added_delay", "s", "How much longer a user waits because of the proxy, by kind");

    private ConcurrentDictionary<Key, long> counts = new();

    public void Record(Guid tenantId, Guid podId, PodDelayKind kind, TimeSpan took)
    {
        histogram.Record(took.TotalSeconds, new KeyValuePair<string, object?>("kind", kind == PodDelayKind.SignIn ? "sign_in" : "passing"));
        counts.AddOrUpdate(new(tenantId, podId, kind, PodDelay.BucketOf(took)), 1, (_, count) => count + 1);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Gather, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await WriteAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WriteAsync(CancellationToken.None);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        // Whoever adds to the old ones after this line is lost from the statistics, and from nothing else.
        var gathered = Interlocked.Exchange(ref counts, new());
        foreach (var ofTenant in gathered.GroupBy(entry => entry.Key.TenantId))
            try
            {
                await WriteAsync(ofTenant.Key, [.. ofTenant], cancellationToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or MailServer.MailStoreUnavailableException)
            {
                LogLost(failure.Message);
            }
    }

    private Task<int> WriteAsync(Guid tenantId, List<KeyValuePair<Key, long>> entries, CancellationToken cancellationToken) => database.InTenantAsync(
        tenantId,
        async connection =>
        {
            var now = time.GetUtcNow();
            // In one order, as every process writes them.
            var ordered = entries.OrderBy(e => e.Key.PodId).ThenBy(e => e.Key.Kind).ThenBy(e => e.Key.Bucket).ToList();
            await using var batch = Sql.Batch(
                connection,
                Sql.Command(
                    """
                    INSERT INTO pod_delay AS d (tenant_id, pod_id, kind, slot, bucket, count)
                    SELECT $1, n.pod_id, n.kind, $2, n.bucket, n.count
                    FROM unnest($3::uuid[], $4::smallint[], $5::smallint[], $6::bigint[]) AS n (pod_id, kind, bucket, count)
                    WHERE EXISTS (SELECT FROM pod p WHERE p.tenant_id = $1 AND p.id = n.pod_id)
                    ON CONFLICT (tenant_id, pod_id, kind, slot, bucket) DO UPDATE SET count = d.count + excluded.count
                    """,
                    tenantId, PodDelay.SlotOf(now), ordered.Select(e => e.Key.PodId).ToArray(), ordered.Select(e => (short)e.Key.Kind).ToArray(),
                    ordered.Select(e => e.Key.Bucket).ToArray(), ordered.Select(e => e.Value).ToArray()),
                Sql.Command("DELETE FROM pod_delay WHERE tenant_id = $1 AND slot < $2", tenantId, now - PodDelay.Kept));
            return await batch.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    [LoggerMessage(LogLevel.Warning, "How long people waited could not be written and is lost: {Reason}")]
    private partial void LogLost(string reason);

    private readonly record struct Key(Guid TenantId, Guid PodId, PodDelayKind Kind, short Bucket);
}

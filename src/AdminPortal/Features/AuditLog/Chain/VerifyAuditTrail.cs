using System.Data;
using System.Security.Cryptography;
using AdminPortal.Data;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>
/// Verifies a tenant's trail: that each seal says what its hash says and follows from the one before, that each event that a seal lists is
/// there and says what was sealed, that no other event claims to be as old, and that each event after the last seal says what its digest
/// says. All of it at one moment, page by page, so that memory does not grow with the trail.
/// </summary>
internal sealed class VerifyAuditTrail(TenantConnection connections, TenantScope scope)
{
    /// <param name="anchors">Heads of the chain that were kept elsewhere.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AuditVerification> HandleAsync(IReadOnlyCollection<ChainHead> anchors, CancellationToken cancellationToken)
    {
        var tenant = scope.TenantId ?? throw new InvalidOperationException("Enter a tenant first.");
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var rows = new ChainRows(connection);
        var position = await rows.PositionAsync(cancellationToken);

        var judge = new ChainJudge(position.At, position.Sees, position.Now, anchors);
        await foreach (var seal in rows.SealsAsync(tenant, cancellationToken)) judge.Link(seal);
        judge.EndOfChain();
        await EventsAsync(rows, tenant, judge, cancellationToken);
        return judge.Verdict();
    }

    // A transaction that commits late is listed by a later seal than its neighbours: so before an event is judged, all seals are read
    // whose first event is not beyond it.
    private static async Task EventsAsync(ChainRows rows, Guid tenant, ChainJudge judge, CancellationToken cancellationToken)
    {
        var place = (FirstEvent: long.MinValue, Number: 0L);
        var ahead = new Queue<(SealRow Seal, long FirstEvent, byte[]? Leaves)>();
        var after = long.MinValue;
        while (await rows.EventsAsync(tenant, after, cancellationToken) is [.., var last] events)
        {
            await ListUpToAsync(last.Id);
            foreach (var e in events) judge.Event(e);
            after = last.Id;
        }
        await ListUpToAsync(long.MaxValue);

        async Task ListUpToAsync(long id)
        {
            while (true)
            {
                while (ahead.TryPeek(out var next) && next.FirstEvent <= id)
                {
                    judge.Lists(next.Seal, next.Leaves);
                    ahead.Dequeue();
                }
                if (ahead.Count > 0) return;
                foreach (var seal in await rows.SealsWithLeavesAsync(tenant, place, cancellationToken)) ahead.Enqueue(seal);
                if (ahead.Count == 0) return;
                var (end, first, _) = ahead.Last();
                place = (first, end.Number);
            }
        }
    }
}

/// <summary>Hears of every seal and every event once, and says in the end what is wrong.</summary>
internal sealed class ChainJudge(DateTimeOffset soFarAt, TransactionSnapshot soFar, DateTimeOffset now, IReadOnlyCollection<ChainHead> anchors)
{
    private const int MostFindings = 100;

    // An event's time is its transaction's beginning; how long before its first change a transaction may have begun, and how exactly the
    // clock of one database agrees with itself.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Exactness = TimeSpan.FromSeconds(1);

    private readonly List<AuditFinding> findings = [];
    private readonly Dictionary<long, Leaf> listed = [];
    private readonly Dictionary<(long Seal, string Hash), ChainHead> unmet = anchors.DistinctBy(anchor => (anchor.Seal, anchor.Hash)).ToDictionary(anchor => (anchor.Seal, anchor.Hash));
    private long findingCount, events, unsealed, seals, released, releasedOnRecord;
    private SealRow? head;
    private bool gapInReleases;

    /// <summary>The next seal of the chain.</summary>
    public void Link(SealRow seal)
    {
        var expected = (head?.Number ?? 0) + 1;
        for (var missing = expected; missing < seal.Number && missing < expected + MostFindings; missing++)
            Find(AuditFault.SealMissing, null, missing, $"Seal {missing} is gone: after {expected - 1} comes {seal.Number}.");
        if (!seal.IsSound)
            Find(AuditFault.SealAltered, null, seal.Number, $"Seal {seal.Number} of {seal.At:O} does not say what its hash says.");
        else if (seal.Number == expected && !seal.Previous.SequenceEqual(head?.Hash ?? []))
            Find(AuditFault.SealAltered, null, seal.Number, $"Seal {seal.Number} of {seal.At:O} does not follow from the seal before: one of the two was replaced.");
        if (unmet.Count > 0) unmet.Remove((seal.Number, Convert.ToHexStringLower(seal.Said)));
        Released(seal);
        seals++;
        head = seal;
    }

    public void EndOfChain()
    {
        foreach (var anchor in unmet.Values)
            Find(AuditFault.AnchorNotFound, null, anchor.Seal, $"The head {anchor.Seal} {anchor.Hash} that was kept elsewhere is not in this chain, which ends at {head?.Number ?? 0}.");
    }

    /// <summary>What a seal lists, before any event is judged that could be among it.</summary>
    public void Lists(SealRow seal, byte[]? leaves)
    {
        if (leaves is null) return;
        if (!SHA256.HashData(leaves).SequenceEqual(seal.Root))
            Find(AuditFault.SealAltered, null, seal.Number, $"Seal {seal.Number} of {seal.At:O} does not list what it listed.");
        foreach (var (id, digest) in ChainRows.Listed(leaves))
            if (!listed.TryAdd(id, new(seal, digest)))
                Find(AuditFault.SealAltered, id, seal.Number, $"Event {id} is listed by seal {seal.Number} and by seal {listed[id].Seal.Number}.");
    }

    public void Event(EventRow e)
    {
        events++;
        releasedOnRecord = Math.Max(releasedOnRecord, e.ReleasedSeals ?? 0);
        if (listed.Remove(e.Id, out var leaf)) Sealed(e, leaf);
        else if (soFar.Sees(e.Transaction) || head?.Sees.Sees(e.Transaction) == true)
            Find(AuditFault.EventInserted, e.Id, null, $"Event {e.Id} ({e.At:O}, {e.Words}) claims to be older than the last seal, but no seal lists it.");
        else Tail(e);
    }

    public AuditVerification Verdict()
    {
        foreach (var (id, (seal, _)) in listed.OrderBy(l => l.Key))
            Find(AuditFault.EventMissing, id, seal.Number, $"Event {id}, sealed by {seal.Number} at {seal.At:O}, is gone.");
        if (gapInReleases || released > releasedOnRecord)
            Find(AuditFault.ReleaseNotOnRecord, null, released, $"The events of seals up to {released} are gone, but the trail says that those up to {releasedOnRecord} were released.");
        return new(
            findingCount == 0, now, events, unsealed, seals, released, head is null ? null : new(head.Number, Convert.ToHexStringLower(head.Hash), head.At),
            findings, findingCount);
    }

    private void Sealed(EventRow e, Leaf leaf)
    {
        var (seal, digest) = leaf;
        if (!e.Said.SequenceEqual(digest))
            Find(AuditFault.EventAltered, e.Id, seal.Number,
                $"Event {e.Id} now reads {e.At:O}, {e.Words}; that is not what was sealed by {seal.Number} at {seal.At:O}{(e.Digest.SequenceEqual(digest) ? "" : ", and its digest was altered with it")}.");
        else if (!e.Digest.SequenceEqual(digest))
            Find(AuditFault.EventAltered, e.Id, seal.Number, $"Event {e.Id} says what was sealed by {seal.Number}, but the digest beside it was altered.");
        else if (seal is { IsSound: true, FollowsRestore: false }) Time(e, seal.Number, seal.Since, seal.Before, seal.At);
    }

    private void Tail(EventRow e)
    {
        unsealed++;
        if (!e.Said.SequenceEqual(e.Digest))
            Find(AuditFault.EventAltered, e.Id, null, $"Event {e.Id} now reads {e.At:O}, {e.Words}; that is not what its digest says.");
        else Time(e, null, soFarAt, soFar, now);
    }

    private void Time(EventRow e, long? seal, DateTimeOffset since, TransactionSnapshot before, DateTimeOffset at)
    {
        if (e.At > at + Exactness || e.Transaction >= before.Next && e.At < since - Slack)
            Find(AuditFault.EventBackDated, e.Id, seal, $"Event {e.Id} ({e.Words}) says {e.At:O}, but was written between {since:O} and {at:O}.");
    }

    // Events go from the beginning of the chain and nowhere else.
    private void Released(SealRow seal)
    {
        if (!seal.IsReleased) return;
        gapInReleases |= released != seal.Number - 1;
        released = seal.Number;
    }

    private void Find(AuditFault fault, long? id, long? seal, string detail)
    {
        findingCount++;
        if (findings.Count < MostFindings) findings.Add(new(fault, id, seal, detail));
    }
}

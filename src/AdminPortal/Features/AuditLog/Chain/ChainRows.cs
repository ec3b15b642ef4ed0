using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>An event as it stands in the database now.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When it says it happened.</param>
/// <param name="Transaction">Which transaction it says wrote it.</param>
/// <param name="Words">When, who, what and to what: so that a person finds it.</param>
/// <param name="ReleasedSeals">Of an event that records a release: the last seal whose events went.</param>
/// <param name="Digest">What stands beside it.</param>
/// <param name="Said">What its content amounts to now.</param>
internal sealed record EventRow(long Id, DateTimeOffset At, ulong Transaction, string Words, long? ReleasedSeals, byte[] Digest, byte[] Said);

/// <summary>A seal without what it lists.</summary>
/// <param name="Number">Its place in the chain.</param>
/// <param name="At">When it was made.</param>
/// <param name="Since">When the trail was looked at before: nothing older than the seal's events was there then.</param>
/// <param name="Before">What was over at <paramref name="Since"/>.</param>
/// <param name="Sees">What was over when it was made.</param>
/// <param name="Root">SHA-256 of what it lists.</param>
/// <param name="Previous">The hash of the seal before.</param>
/// <param name="Hash">Its own.</param>
/// <param name="Said">What its content amounts to now.</param>
/// <param name="IsReleased">What it covered has gone, at the end of the time it is kept.</param>
internal sealed record SealRow(
    long Number, DateTimeOffset At, DateTimeOffset Since, TransactionSnapshot Before, TransactionSnapshot Sees, byte[] Root, byte[] Previous, byte[] Hash,
    byte[] Said, bool IsReleased)
{
    /// <summary>It says what its hash says.</summary>
    public bool IsSound => Said.AsSpan().SequenceEqual(Hash);

    /// <summary>It was the first after a dump had been restored into a new cluster, which counts its transactions anew.</summary>
    public bool FollowsRestore => Before.Next > Sees.Next;
}

/// <summary>A seal's line about one event.</summary>
internal sealed record Leaf(SealRow Seal, byte[] Digest);

/// <summary>
/// How the chain is read. What an event or a seal says is taken in PostgreSQL's own binary form and hashed here: no function that lives in
/// the database is trusted. migrations/Sql/audit-chain.sql writes the same; a test holds the two equal.
/// </summary>
internal sealed class ChainRows(NpgsqlConnection connection)
{
    private const int EventsAtOnce = 5_000;
    private const int SealsAtOnce = 100;
    private const int LeafLength = 40;

    private const string EventSays = """
        pg_catalog.record_send(ROW(
            e.tenant_id, e.id, e.at, e.xact, pg_catalog.convert_to(e.actor_name, 'UTF8'), e.actor_kind, e.actor_id,
            pg_catalog.convert_to(e.action, 'UTF8'), pg_catalog.convert_to(e.target_kind, 'UTF8'), e.target_id, pg_catalog.convert_to(e.target, 'UTF8'),
            pg_catalog.convert_to(e.before::text, 'UTF8'), pg_catalog.convert_to(e.after::text, 'UTF8'), pg_catalog.convert_to(e.reason, 'UTF8'),
            e.operation_id, pg_catalog.convert_to(e.remote_address, 'UTF8'), pg_catalog.convert_to(e.user_agent, 'UTF8')))
        """;

    private const string Seal = """
        s.number, s.at, s.since, s.since_snapshot::text, s.snapshot::text, s.root, s.previous, s.hash, pg_catalog.record_send(ROW(
            s.tenant_id, s.number, s.at, s.since, s.since_snapshot, s.snapshot, s.events, s.first_event, s.last_event, s.root, s.previous)),
            s.leaves IS NULL, s.first_event
        """;

    /// <summary>How far the sealing has come, and the database's clock.</summary>
    public async Task<(DateTimeOffset At, TransactionSnapshot Sees, DateTimeOffset Now)> PositionAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT at, snapshot::text, clock_timestamp() FROM audit_position", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (reader.GetFieldValue<DateTimeOffset>(0), TransactionSnapshot.Parse(reader.GetString(1)), reader.GetFieldValue<DateTimeOffset>(2))
            : throw new InvalidOperationException("The table audit_position is empty.");
    }

    /// <summary>The seals in the order of the chain.</summary>
    public async IAsyncEnumerable<SealRow> SealsAsync(Guid tenant, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {Seal} FROM audit_seal s WHERE s.tenant_id = $1 ORDER BY s.number", connection);
        command.Parameters.Add(new() { Value = tenant });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return SealOf(reader);
    }

    /// <summary>Some seals with what they list, in the order of the first event of each, from the one after the place given.</summary>
    public async Task<IReadOnlyList<(SealRow Seal, long FirstEvent, byte[]? Leaves)>> SealsWithLeavesAsync(
        Guid tenant, (long FirstEvent, long Number) after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {Seal}, s.leaves FROM audit_seal s
            WHERE s.tenant_id = $1 AND (s.first_event, s.number) > ($2, $3) ORDER BY s.first_event, s.number LIMIT {SealsAtOnce}
            """, connection);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = after.FirstEvent });
        command.Parameters.Add(new() { Value = after.Number });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var seals = new List<(SealRow, long, byte[]?)>();
        while (await reader.ReadAsync(cancellationToken))
            seals.Add((SealOf(reader), reader.GetInt64(10), reader.IsDBNull(11) ? null : reader.GetFieldValue<byte[]>(11)));
        return seals;
    }

    /// <summary>Some events in the order of their ids, from the one after the id given; none at the end.</summary>
    public async Task<IReadOnlyList<EventRow>> EventsAsync(Guid tenant, long after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT e.id, e.at, e.xact::text, concat_ws(', ', e.actor_name, e.action, e.target),
                   CASE WHEN e.action = 'audit.released' THEN (e.after ->> 'seals')::bigint END, e.digest, {EventSays}
            FROM audit_event e WHERE e.tenant_id = $1 AND e.id > $2 ORDER BY e.id LIMIT {EventsAtOnce}
            """, connection);
        command.Parameters.Add(new() { Value = tenant });
        command.Parameters.Add(new() { Value = after });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<EventRow>(EventsAtOnce);
        while (await reader.ReadAsync(cancellationToken))
            events.Add(new(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), Number(reader.GetString(2)), reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.GetFieldValue<byte[]>(5), SHA256.HashData(reader.GetFieldValue<byte[]>(6))));
        return events;
    }

    /// <summary>The ids and digests that a seal lists.</summary>
    public static IEnumerable<(long Id, byte[] Digest)> Listed(byte[] leaves)
    {
        for (var place = 0; place + LeafLength <= leaves.Length; place += LeafLength)
            yield return (System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(leaves.AsSpan(place)), leaves[(place + 8)..(place + LeafLength)]);
    }

    private static SealRow SealOf(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2),
        TransactionSnapshot.Parse(reader.GetString(3)), TransactionSnapshot.Parse(reader.GetString(4)),
        reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6), reader.GetFieldValue<byte[]>(7),
        SHA256.HashData(reader.GetFieldValue<byte[]>(8)), reader.GetBoolean(9));

    private static ulong Number(string text) => ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}

using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.Mailboxes;

/// <summary>A mailbox with everything that a row of the list shows.</summary>
/// <param name="With">The mailbox, its layers and their names.</param>
/// <param name="PodName">The mail server that it is assigned to.</param>
/// <param name="Aliases">Its other addresses.</param>
/// <param name="LastSignIns">By protocol.</param>
/// <param name="LastCheck">The latest connectivity check, of whichever protocol.</param>
/// <param name="SortName">The name as the database sorts it: what lower case is differs between programs.</param>
internal sealed record ListedMailbox(
    MailboxWithLayers With, string PodName, IReadOnlyList<string> Aliases, LastSignIns LastSignIns, LastCheck? LastCheck, string SortName);

internal sealed record LastCheck(MailProtocol Protocol, string Verdict, DateTimeOffset At);

/// <summary>In which order a list of mailboxes stands; ascending, or descending with a minus before the word.</summary>
internal readonly record struct MailboxOrder(bool ByName, bool Descending)
{
    public static readonly MailboxOrder ByAddress = new(ByName: false, Descending: false);

    /// <summary>As in <c>?sort=-displayName</c>.</summary>
    public string Word => (Descending ? "-" : "") + (ByName ? "displayName" : "address");

    public string Sql => (ByName, Descending) switch
    {
        (false, false) => "m.address",
        (false, true) => "m.address DESC",
        (true, false) => "m.sort_name, m.id",
        (true, true) => "m.sort_name DESC, m.id DESC",
    };

    public static bool TryParse(string? word, IFormatProvider? _, out MailboxOrder order)
    {
        var descending = word is ['-', ..];
        var key = descending ? word![1..] : word;
        order = new(key == "displayName", descending);
        return key is "address" or "displayName";
    }
}

/// <summary>Where the next page begins: behind this key and id, in this order.</summary>
internal sealed record MailboxPosition(string Order, string Key, Guid Id);

/// <summary>
/// Finds mailboxes, a page at a time. Never OFFSET and never a count: a page costs the same at 1,000 and at 1,000,000, because it begins
/// in an index where the last one ended. One statement (<see cref="ListedRows"/>); the decision about access is made here, by
/// <see cref="MailAccess"/>.
/// </summary>
internal sealed class ListMailboxes(StatelessQueries queries, TenantConnection connections, TenantScope scope, TimeProvider time)
{
    /// <summary>A search by substring looks no further than so many finds: whoever has more types on.</summary>
    private const int MostFound = 5_000;

    /// <param name="filter">Which mailboxes.</param>
    /// <param name="order">In which order.</param>
    /// <param name="after">The last row already shown, or null.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public Task<IReadOnlyList<ListedMailbox>> FindAsync(
        MailboxFilter filter, MailboxOrder order, MailboxPosition? after, int count, CancellationToken cancellationToken)
    {
        var question = new NpgsqlBatchCommand();
        var tenant = Add(question, scope.TenantId!.Value);
        var condition = filter.ToSql(question.Parameters, scope.TenantId.Value, MostFound);
        var behind = after is null ? "" : $"AND {Behind(question, order, after)}";
        // The count stands in the text: with a parameter the planner thinks of a tenth of all rows, and plans anew at every call.
        question.CommandText = ListedRows.Sql(tenant, $"{condition} {behind}", order.Sql, count);
        // Where nothing is filtered, one plan is right for every tenant and place; a filter's best plan depends on what it asks for.
        return filter == MailboxFilter.Everything ? AskAsync(question, cancellationToken) : AskPlannedAnewAsync(question, cancellationToken);
    }

    /// <summary>The mailbox with that id or primary address, as a row of the list; null where the tenant has no such mailbox.</summary>
    public async Task<ListedMailbox?> FindOneAsync(string addressOrId, CancellationToken cancellationToken)
    {
        var question = new NpgsqlBatchCommand();
        var tenant = Add(question, scope.TenantId!.Value);
        var key = Guid.TryParse(addressOrId, out var id) ? $"m.id = {Add(question, id)}" : $"m.address = {Add(question, MailAddressName.Normalise(addressOrId) ?? "")}";
        question.CommandText = ListedRows.Sql(tenant, $"m.tenant_id = {tenant} AND {key}", "m.id", 1);
        return (await AskAsync(question, cancellationToken)).SingleOrDefault();
    }

    private Task<IReadOnlyList<ListedMailbox>> AskAsync(NpgsqlBatchCommand question, CancellationToken cancellationToken) =>
        queries.AskAsync(scope.TenantId!.Value, question, ReadAsync, cancellationToken);

    private async Task<IReadOnlyList<ListedMailbox>> AskPlannedAnewAsync(NpgsqlBatchCommand question, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { question } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    private Task<IReadOnlyList<ListedMailbox>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        new ListedRows(scope.TenantId!.Value).ReadAsync(reader, cancellationToken);

    // As the index is: addresses are unique in a tenant, names are not.
    private static string Behind(NpgsqlBatchCommand question, MailboxOrder order, MailboxPosition after)
    {
        var beyond = order.Descending ? "<" : ">";
        return order.ByName
            ? $"(m.sort_name, m.id) {beyond} ({Add(question, after.Key)}, {Add(question, after.Id)})"
            : $"m.address {beyond} {Add(question, after.Key)}";
    }

    private static string Add<T>(NpgsqlBatchCommand question, T value)
    {
        question.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return $"${question.Parameters.Count}";
    }

    /// <summary>The moment at which a page's decisions are taken.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    public static MailboxPosition PositionOf(ListedMailbox row, MailboxOrder order) =>
        new(order.Word, order.ByName ? row.SortName : row.With.Mailbox.Address, row.With.Mailbox.Id);
}

using NpgsqlTypes;

namespace AdminPortal.Data;

/// <content>What the audit trails of all tenants are told, and how far their chains go.</content>
public sealed partial class CrossTenant
{
    /// <summary>Notes a refusal in the trail of one tenant, or of all where a person is a member. Alike ones are counted within an hour.</summary>
    /// <param name="refused">Who was refused what, and where that is told.</param>
    /// <param name="most">Of one tenant in an hour; what is beyond is told in one sum.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task NoteRefusalAsync(NotedRefusal refused, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT note_refusal($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
        command.Parameters.Add(new() { Value = (object?)refused.TenantId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = (object?)refused.MemberId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = (short)refused.ActorKind });
        command.Parameters.Add(new() { Value = refused.ActorId });
        foreach (var text in new[] { refused.ActorName, refused.Action, refused.TargetKind, refused.Target, refused.Reason, refused.RemoteAddress, refused.UserAgent })
            command.Parameters.Add(new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = most });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes into the trails how often what was refused, where that began so long ago.</summary>
    /// <returns>How many events were written.</returns>
    public async Task<int> CloseRefusalsAsync(TimeSpan lasted, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT close_refusals($1)");
        command.Parameters.Add(new() { Value = lasted });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The last seal of every tenant that has one. For the file that is kept outside the database.</summary>
    public async Task<IReadOnlyList<TenantHead>> ListChainHeadsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT slug, number, hash, at FROM audit_heads()");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heads = new List<TenantHead>();
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(new(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<DateTimeOffset>(3)));
        return heads;
    }
}

/// <param name="TenantId">In whose trail; null: see <paramref name="MemberId"/>.</param>
/// <param name="MemberId">In the trails of all tenants where this person is a member.</param>
/// <param name="ActorKind">A person or a token.</param>
/// <param name="ActorId">Which.</param>
/// <param name="ActorName">As the trail calls them.</param>
/// <param name="Action">One of the three of <see cref="AuditActions"/> that end in <c>.refused</c>.</param>
/// <param name="TargetKind">What kind of thing was wanted.</param>
/// <param name="Target">The thing.</param>
/// <param name="Reason">One of <see cref="RefusalReasons"/>.</param>
/// <param name="RemoteAddress">From where.</param>
/// <param name="UserAgent">With what.</param>
public sealed record NotedRefusal(
    Guid? TenantId, Guid? MemberId, ActorKind ActorKind, Guid ActorId, string ActorName, string Action, string TargetKind, string Target, string Reason,
    string? RemoteAddress, string? UserAgent);

/// <summary>The closed list of why somebody is refused; words are for pages.</summary>
public static class RefusalReasons
{
    public const string WrongPassword = "wrongPassword";
    public const string WrongCode = "wrongCode";
    public const string TokenRevoked = "tokenRevoked";
    public const string TokenExpired = "tokenExpired";
    public const string TokenWithoutOwner = "tokenWithoutOwner";
    public const string TokenFromElsewhere = "tokenFromElsewhere";
    public const string Role = "role";
    public const string Scope = "scope";
    public const string Many = "many";

    public static readonly IReadOnlyList<string> All = [WrongPassword, WrongCode, TokenRevoked, TokenExpired, TokenWithoutOwner, TokenFromElsewhere, Role, Scope, Many];
}

/// <param name="Slug">The tenant.</param>
/// <param name="Number">Of its last seal.</param>
/// <param name="Hash">That seal's.</param>
/// <param name="At">When it was made.</param>
public sealed record TenantHead(string Slug, long Number, byte[] Hash, DateTimeOffset At);

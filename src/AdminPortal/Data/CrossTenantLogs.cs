namespace AdminPortal.Data;

/// <content>What the mail server asks about protocol logs.</content>
public sealed partial class CrossTenant
{
    /// <summary>The mailboxes whose conversations are to be taken down now, and until when. Few at any time.</summary>
    public async Task<IReadOnlyDictionary<(Guid TenantId, Guid MailboxId), DateTimeOffset>> ActiveProtocolLogsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, mailbox_id, ends_at FROM active_protocol_logs()");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var active = new Dictionary<(Guid, Guid), DateTimeOffset>();
        while (await reader.ReadAsync(cancellationToken)) active[(reader.GetGuid(0), reader.GetGuid(1))] = reader.GetFieldValue<DateTimeOffset>(2);
        return active;
    }

    /// <summary>Removes protocol logs that ended longer ago than that.</summary>
    public async Task TrimProtocolLogsAsync(TimeSpan olderThan, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT trim_protocol_logs($1)");
        command.Parameters.Add(new() { Value = olderThan });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

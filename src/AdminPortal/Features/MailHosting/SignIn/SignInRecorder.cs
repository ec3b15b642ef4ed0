using System.Threading.Channels;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AdminPortal.Features.MailHosting.SignIn;

/// <summary>
/// Keeps the sign-in rows, off the login's path: attempts wait in a bounded queue and are written together, alike ones folded into one row.
/// Under a flood it forgets rather than holding logins up. A connectivity check by the service credential is no sign-in of the mailbox's.
/// </summary>
internal sealed partial class SignInRecorder(
    NpgsqlDataSource dataSource, IOptions<LimitsOptions> limits, TimeProvider time, ILogger<SignInRecorder> logger) : BackgroundService
{
    private const int Capacity = 10_000;
    private const int MostAtOnce = 2_000;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(250);

    private readonly Channel<Entry> queue = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    public void Record(Attempt attempt, MailSignInResult result)
    {
        if (attempt.IsCheck) return;
        queue.Writer.TryWrite(new(
            new(attempt.Mailbox.TenantId, attempt.Mailbox.MailboxId, attempt.Protocol, result, attempt.Peer.RemoteAddress.ToString(), attempt.Mechanism),
            time.GetUtcNow(), result == MailSignInResult.Succeeded ? attempt.CredentialId : null));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // It ends when the queue is complete and empty, not when asked to stop: what was recorded is still written.
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            await PauseAsync(stoppingToken);
            var entries = new List<Entry>();
            while (entries.Count < MostAtOnce && queue.Reader.TryRead(out var entry)) entries.Add(entry);
            await WriteAsync(entries);
        }
    }

    private async Task PauseAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(Gather, time, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping: write what is there without gathering more.
        }
    }

    private async Task WriteAsync(List<Entry> entries)
    {
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync();
            await using var batch = new NpgsqlBatch(connection);
            // In the order of their keys, as every process writes them: two writers wait for each other, but never in a circle.
            foreach (var ofTenant in entries.GroupBy(e => e.Row.TenantId).OrderBy(g => g.Key))
                AddStatements(batch, ofTenant.Key, [.. ofTenant]);
            await batch.ExecuteNonQueryAsync();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogLost(entries.Count, exception.Message);
        }
    }

    private void AddStatements(NpgsqlBatch batch, Guid tenantId, List<Entry> entries)
    {
        var folded = entries.GroupBy(e => e.Row).OrderBy(g => g.Key.MailboxId).ThenBy(g => g.Key.Protocol).ThenBy(g => g.Key.Result)
            .ThenBy(g => g.Key.RemoteAddress, StringComparer.Ordinal).ThenBy(g => g.Key.Mechanism, StringComparer.Ordinal).ToList();
        batch.BatchCommands.Add(new("SELECT set_config('app.tenant', $1, false)") { Parameters = { new() { Value = tenantId.ToString() } } });
        batch.BatchCommands.Add(new(
            """
            INSERT INTO sign_in_attempt AS a (tenant_id, id, mailbox_id, protocol, result, remote_address, mechanism, first_at, last_at, count)
            SELECT $1, new_uuid(), s.mailbox_id, s.protocol, s.result, s.remote_address, s.mechanism, s.first_at, s.last_at, s.count
            FROM unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::integer[])
                 AS s (mailbox_id, protocol, result, remote_address, mechanism, first_at, last_at, count)
            WHERE EXISTS (SELECT FROM mailbox m WHERE m.tenant_id = $1 AND m.id = s.mailbox_id)
            ON CONFLICT (tenant_id, mailbox_id, protocol, result, remote_address, mechanism)
            DO UPDATE SET last_at = greatest(a.last_at, excluded.last_at), count = a.count + excluded.count
            """)
        {
            Parameters =
            {
                new() { Value = tenantId },
                new() { Value = folded.Select(g => g.Key.MailboxId).ToArray() },
                new() { Value = folded.Select(g => (short)g.Key.Protocol).ToArray() },
                new() { Value = folded.Select(g => (short)g.Key.Result).ToArray() },
                new() { Value = folded.Select(g => g.Key.RemoteAddress).ToArray() },
                new() { Value = folded.Select(g => g.Key.Mechanism).ToArray() },
                new() { Value = folded.Select(g => g.Min(e => e.At)).ToArray() },
                new() { Value = folded.Select(g => g.Max(e => e.At)).ToArray() },
                new() { Value = folded.Select(g => g.Count()).ToArray() },
            },
        });
        batch.BatchCommands.Add(new(
            """
            DELETE FROM sign_in_attempt a
            USING (SELECT s.id, row_number() OVER (PARTITION BY s.mailbox_id ORDER BY s.last_at DESC) AS place
                   FROM sign_in_attempt s WHERE s.tenant_id = $1 AND s.mailbox_id = ANY ($2)) AS ranked
            WHERE a.tenant_id = $1 AND a.id = ranked.id AND ranked.place > $3
            """)
        {
            Parameters =
            {
                new() { Value = tenantId },
                new() { Value = folded.Select(g => g.Key.MailboxId).Distinct().ToArray() },
                new() { Value = limits.Value.Mailboxes.SignInsKept },
            },
        });
        var used = entries.Where(e => e.CredentialId is not null).GroupBy(e => e.CredentialId!.Value).OrderBy(g => g.Key).Select(g => g.MaxBy(e => e.At)!).ToList();
        batch.BatchCommands.Add(new(
            """
            UPDATE mail_credential c SET last_used_at = now(), last_used_by = u.protocol, last_used_from = u.remote_address
            FROM unnest($2::uuid[], $3::smallint[], $4::text[]) AS u (id, protocol, remote_address)
            WHERE c.tenant_id = $1 AND c.id = u.id AND (c.last_used_at IS NULL OR c.last_used_at < now() - interval '1 minute')
            """)
        {
            Parameters =
            {
                new() { Value = tenantId },
                new() { Value = used.Select(e => e.CredentialId!.Value).ToArray() },
                new() { Value = used.Select(e => (short)e.Row.Protocol).ToArray() },
                new() { Value = used.Select(e => e.Row.RemoteAddress).ToArray() },
            },
        });
    }

    [LoggerMessage(LogLevel.Warning, "{Count} sign-in records could not be written and are lost: {Reason}")]
    private partial void LogLost(int count, string reason);

    private sealed record Entry(Row Row, DateTimeOffset At, Guid? CredentialId);

    private sealed record Row(Guid TenantId, Guid MailboxId, Data.MailProtocol Protocol, MailSignInResult Result, string RemoteAddress, string Mechanism);
}

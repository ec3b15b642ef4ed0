using System.Threading.Channels;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Sessions;

/// <summary>
/// Takes conversations down where an administrator asked for it. Every process looks each second which mailboxes these are, so that sessions that are
/// open already are heard too. Lines wait in a bounded queue: under a flood some are lost rather than a session held up.
/// </summary>
internal sealed partial class Transcripts(
    CrossTenant crossTenant, NpgsqlDataSource dataSource, IOptions<LimitsOptions> limits, TimeProvider time, ILogger<Transcripts> logger) : BackgroundService
{
    private const int Capacity = 20_000;
    private const int MostAtOnce = 2_000;

    /// <summary>What a line costs beside its text.</summary>
    private const int LineOverhead = 60;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly Channel<Line> queue = Channel.CreateBounded<Line>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private IReadOnlyDictionary<(Guid, Guid), DateTimeOffset> active = new Dictionary<(Guid, Guid), DateTimeOffset>();

    /// <summary>Asked at each command: nearly always there is none at all.</summary>
    public bool IsOn(LiveSession session) =>
        Volatile.Read(ref active) is { Count: > 0 } logs && logs.TryGetValue((session.TenantId, session.MailboxId), out var end) && end > time.GetUtcNow();

    public IMailTranscript Of(LiveSession session) => new Transcript(this, session);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
            try
            {
                Volatile.Write(ref active, await crossTenant.ActiveProtocolLogsAsync(stoppingToken));
                await WriteAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSkipped(exception.Message);
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Take(LiveSession session, LogSide side, string line) => queue.Writer.TryWrite(new(session, time.GetUtcNow(), side, line));

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        while (queue.Reader.TryPeek(out _))
        {
            var lines = new List<Line>();
            while (lines.Count < MostAtOnce && queue.Reader.TryRead(out var line)) lines.Add(line);
            foreach (var ofTenant in lines.GroupBy(l => l.Session.TenantId)) await WriteAsync(ofTenant.Key, [.. ofTenant], cancellationToken);
        }
    }

    private async Task WriteAsync(Guid tenantId, List<Line> lines, CancellationToken cancellationToken)
    {
        await using var connection = await TenantConnection.OpenAsync(dataSource, tenantId, cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            WITH room AS (
                UPDATE protocol_log l SET octets = l.octets + n.octets
                FROM (SELECT u.mailbox_id, sum(octet_length(u.text) + $8)::bigint AS octets
                      FROM unnest($2::uuid[], $7::text[]) AS u (mailbox_id, text) GROUP BY u.mailbox_id) AS n
                WHERE l.tenant_id = $1 AND l.mailbox_id = n.mailbox_id AND l.octets < $9
                RETURNING l.mailbox_id)
            INSERT INTO protocol_log_line (tenant_id, mailbox_id, at, session_id, protocol, side, text)
            SELECT $1, u.mailbox_id, u.at, u.session_id, u.protocol, u.side, u.text
            FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::smallint[], $6::smallint[], $7::text[])
                 WITH ORDINALITY AS u (mailbox_id, at, session_id, protocol, side, text, n)
            JOIN room r ON r.mailbox_id = u.mailbox_id
            ORDER BY u.n
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenantId },
                new() { Value = lines.Select(l => l.Session.MailboxId).ToArray() },
                new() { Value = lines.Select(l => l.At).ToArray() },
                new() { Value = lines.Select(l => l.Session.Id).ToArray() },
                new() { Value = lines.Select(l => (short)l.Session.Protocol).ToArray() },
                new() { Value = lines.Select(l => (short)l.Side).ToArray() },
                new() { Value = lines.Select(l => l.Text).ToArray() },
                new() { Value = LineOverhead },
                new() { Value = limits.Value.Mailboxes.ProtocolLogOctets },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "Lines of protocol logs could not be written and are lost: {Reason}")]
    private partial void LogSkipped(string reason);

    private sealed record Line(LiveSession Session, DateTimeOffset At, LogSide Side, string Text);

    private sealed class Transcript(Transcripts logs, LiveSession session) : IMailTranscript
    {
        public void Add(TranscriptSide side, string line) => logs.Take(session, side == TranscriptSide.Client ? LogSide.Client : LogSide.Server, line);
    }
}

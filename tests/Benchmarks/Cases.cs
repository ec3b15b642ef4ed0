using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AdminPortal.Features.Mailboxes;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Npgsql;

namespace AdminPortal.Benchmarks;

/// <summary>The cases of the foundation, each with its base in the same run.</summary>
internal sealed class Cases(MigratedCluster cluster, Report report, TimeSpan time, CancellationToken cancellationToken)
{
    private const int Targets = 5_000;
    private long switches;
    private const string Api = $"/api/v1/tenants/{Population.LargestTenant}";

    /// <summary>Pages of the list, and single switches.</summary>
    public async Task ServeAsync(int mailboxes)
    {
        await using var database = await FilledAsync(tenants: 100, mailboxes);
        await using var portal = await PortalServer.StartAsync(database, cancellationToken);
        var pgbench = new Pgbench(database.SuperuserConnectionString);
        var measure = new Measure(new Processes(portal.ProcessId, pgbench.Postmaster()), time, cancellationToken);
        var (tenant, targets) = await TargetsAsync(database);

        await ListAsync(mailboxes, measure, portal, pgbench, tenant, targets);
        await SwitchAsync(mailboxes, measure, portal, pgbench, tenant, targets);
        await AssertEverySwitchIsOnRecordAsync(database);
    }

    private async Task ListAsync(
        int mailboxes, Measure measure, PortalServer portal, Pgbench pgbench, Guid tenant, List<(Guid Id, string Address)> targets)
    {
        const int clients = 8;
        var page = $"""
            \set n random(1, {targets.Count})
            SELECT m.id, m.address, m.display_name, m.pop3, m.imap, m.smtp, m.plan_id, m.updated_at, m.version FROM mailbox m
            WHERE m.tenant_id = '{tenant}' AND m.address > (SELECT t.address FROM benchmark_target t WHERE t.n = :n) ORDER BY m.address LIMIT 50;
            """;
        var cursors = targets.ConvertAll(t => Cursor.Encode(new MailboxPosition("address", t.Address, t.Id)));
        var wrk = new Wrk(portal.Address);

        var @base = await measure.PgbenchAsync(pgbench, page, clients);
        var json = new Load("GET", portal.AsProgram(), cursors.ConvertAll(cursor => $"{Api}/mailboxes?cursor={cursor}"), "");
        report.Add("list of 50 as JSON, 8 connections", mailboxes, await measure.HttpAsync(wrk, json, clients), @base, "keyset page");
        var html = new Load("GET", portal.AsBrowser(), cursors.ConvertAll(cursor => $"/t/{Population.LargestTenant}/mailboxes?cursor={cursor}"), "");
        report.Add("list of 50 as a page, 8 connections", mailboxes, await measure.HttpAsync(wrk, html, clients), @base, "keyset page");
    }

    private async Task SwitchAsync(
        int mailboxes, Measure measure, PortalServer portal, Pgbench pgbench, Guid tenant, List<(Guid Id, string Address)> targets)
    {
        var toggle = $"""
            \set n random(1, {targets.Count})
            WITH changed AS (
                UPDATE mailbox m SET smtp = 3 - greatest(m.smtp, 1), version = m.version + 1, updated_at = now()
                FROM benchmark_target t WHERE t.n = :n AND m.tenant_id = '{tenant}' AND m.id = t.id
                RETURNING m.tenant_id, m.id, m.address, m.smtp)
            INSERT INTO audit_event (tenant_id, actor_name, actor_kind, action, target_kind, target_id, target, before, after)
            SELECT tenant_id, 'benchmark', 1, 'mailAccess.changed', 'mailbox', id, address, jsonb_build_object('smtp', 3 - smtp), jsonb_build_object('smtp', smtp)
            FROM changed;
            """;
        var wrk = new Wrk(portal.Address);
        var headers = portal.AsProgram(("If-Match", "*"), ("Content-Type", "application/merge-patch+json"));
        var patch = new Load("PATCH", headers, targets.ConvertAll(t => $"{Api}/mailboxes/{t.Id}/access"), """{"pop3":"disabled"}""", """{"pop3":"enabled"}""");
        foreach (var clients in new[] { 1, 8, 32 })
        {
            var @base = await measure.PgbenchAsync(pgbench, toggle, clients);
            var ours = await measure.HttpAsync(wrk, patch, clients);
            report.Add($"PATCH of access with audit, {clients} connection{(clients == 1 ? "" : "s")}", mailboxes, ours, @base, "toggle and audit in one statement");
        }
        switches = patch.Sent;
    }

    // A switch that is found as it is wished would be cheap. The base switches another protocol, so that ours find all to do; but for those
    // that were on their way when a run ended, which the next one sends again.
    private async Task AssertEverySwitchIsOnRecordAsync(DatabaseCopy database)
    {
        await using var source = NpgsqlDataSource.Create(database.SuperuserConnectionString);
        await using var count = source.CreateCommand("SELECT count(*) FROM audit_event WHERE actor_name = 'Benchmark'");
        var records = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        if (records < 0.9 * switches) throw new InvalidOperationException($"{switches} switches left {records} records.");
    }

    /// <summary>A file that names every mailbox of one tenant and changes every tenth.</summary>
    public async Task ImportAsync(int mailboxes)
    {
        await using var database = await FilledAsync(tenants: 1, mailboxes);
        var file = await WriteFileAsync(database);
        try
        {
            // The portal goes first on the database as it was filled; psql then changes the same tenth back.
            await using (var portal = await PortalServer.StartAsync(database, cancellationToken))
            {
                var ours = await ImportThroughPortalAsync(portal, file, mailboxes);
                var theirs = await ImportThroughPsqlAsync(new Pgbench(database.SuperuserConnectionString), file);
                report.Add(
                    "import, a tenth of the rows changed", mailboxes, Seconds(ours), $"{Seconds(theirs)} \\copy and merge",
                    string.Create(CultureInfo.InvariantCulture, $"{ours / theirs:0.00} of the time"));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<TimeSpan> ImportThroughPortalAsync(PortalServer portal, string file, int mailboxes)
    {
        using var api = portal.Api();
        var clock = Stopwatch.StartNew();
        await using var content = File.OpenRead(file);
        using var body = new StreamContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        using var accepted = await api.PostAsync($"{Api}/imports", body, cancellationToken);
        if (!accepted.IsSuccessStatusCode) throw new InvalidOperationException(await accepted.Content.ReadAsStringAsync(cancellationToken));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            using var operation = JsonDocument.Parse(await api.GetStringAsync(accepted.Headers.Location, cancellationToken));
            if (operation.RootElement.GetProperty("state").GetString() is not ("queued" or "running"))
            {
                var changed = operation.RootElement.GetProperty("changed").GetInt32();
                return changed == mailboxes / 10 ? clock.Elapsed : throw new InvalidOperationException($"The import changed {changed}: {operation.RootElement}");
            }
            await poll.WaitForNextTickAsync(cancellationToken);
        }
    }

    private async Task<TimeSpan> ImportThroughPsqlAsync(Pgbench psql, string file)
    {
        var script = $"""
            CREATE UNLOGGED TABLE stage (external_id text COLLATE "C", address text COLLATE "C", name text, pop text, imap text);
            \copy stage FROM '{file}' WITH (FORMAT csv, HEADER true)
            BEGIN;
            ANALYZE stage;
            WITH changed AS (
                UPDATE mailbox m SET pop3 = 0, version = m.version + 1, updated_at = now()
                FROM stage s JOIN tenant t ON t.slug = '{Population.LargestTenant}'
                WHERE m.tenant_id = t.id AND m.external_id = s.external_id AND m.pop3 = 1
                RETURNING m.tenant_id, m.id, m.address)
            INSERT INTO audit_event (tenant_id, actor_name, actor_kind, action, target_kind, target_id, target, before, after)
            SELECT tenant_id, 'benchmark', 1, 'mailAccess.changed', 'mailbox', id, address, '{"{\"pop3\": \"enabled\"}"}', '{"{\"pop3\": \"inherit\"}"}' FROM changed;
            COMMIT;
            """;
        var clock = Stopwatch.StartNew();
        await psql.PsqlAsync(script, cancellationToken);
        return clock.Elapsed;
    }

    /// <summary>As Export-Csv writes it. Every tenth mailbox was filled with POP3 off and is on in the file; all others are as they are.</summary>
    private async Task<string> WriteFileAsync(DatabaseCopy database)
    {
        var file = Path.GetTempFileName();
        await using var source = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using var query = source.CreateCommand(
            """
            SELECT m.external_id, m.address, m.display_name, l.pop3 <> 2 OR m.pop3 = 2, l.imap <> 2 FROM mailbox m JOIN plan l ON l.tenant_id = m.tenant_id AND l.id = m.plan_id
            """);
        await using var rows = await query.ExecuteReaderAsync(cancellationToken);
        await using var writer = new StreamWriter(file, append: false, Encoding.UTF8);
        await writer.WriteLineAsync("ExternalDirectoryObjectId,PrimarySmtpAddress,Name,PopEnabled,ImapEnabled");
        while (await rows.ReadAsync(cancellationToken))
            await writer.WriteLineAsync($"{rows.GetString(0)},{rows.GetString(1)},{rows.GetString(2)},{rows.GetBoolean(3)},{rows.GetBoolean(4)}");
        return file;
    }

    private async Task<DatabaseCopy> FilledAsync(int tenants, int mailboxes)
    {
        var database = await cluster.CopyAsync(cancellationToken);
        var took = await Population.FillAsync(database.OwnerConnectionString, tenants, mailboxes, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Made {mailboxes:N0} mailboxes in {tenants} tenants in {took.TotalSeconds:0} s."));
        return database;
    }

    /// <summary>Some mailboxes of the largest tenant, also as a table for pgbench, in no order that helps anybody's cache.</summary>
    private async Task<(Guid Tenant, List<(Guid, string)> Targets)> TargetsAsync(DatabaseCopy database)
    {
        await using var source = NpgsqlDataSource.Create(database.SuperuserConnectionString);
        await using var make = source.CreateCommand(
            $"""
            CREATE TABLE benchmark_target AS
            SELECT row_number() OVER ()::int AS n, m.id, m.address FROM
                (SELECT m.id, m.address FROM mailbox m JOIN tenant t ON t.id = m.tenant_id WHERE t.slug = '{Population.LargestTenant}' ORDER BY md5(m.address) LIMIT {Targets}) AS m;
            CREATE UNIQUE INDEX ON benchmark_target (n);
            ANALYZE benchmark_target;
            """);
        await make.ExecuteNonQueryAsync(cancellationToken);
        await using var read = source.CreateCommand($"SELECT (SELECT id FROM tenant WHERE slug = '{Population.LargestTenant}'), id, address FROM benchmark_target ORDER BY n");
        await using var rows = await read.ExecuteReaderAsync(cancellationToken);
        var targets = new List<(Guid, string)>();
        var tenant = Guid.Empty;
        while (await rows.ReadAsync(cancellationToken))
        {
            tenant = rows.GetGuid(0);
            targets.Add((rows.GetGuid(1), rows.GetString(2)));
        }
        return (tenant, targets);
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}

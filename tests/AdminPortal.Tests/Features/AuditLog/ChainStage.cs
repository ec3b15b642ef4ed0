using System.Diagnostics;
using System.Globalization;
using AdminPortal.Data;
using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.AuditLog;

/// <summary>A portal without a worker: a test seals when it wants to, and tampers as the database's superuser, with every trigger off.</summary>
public sealed class ChainStage(TestCluster cluster) : IAsyncLifetime
{
    public PortalFactory Portal { get; } = new(cluster);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Portal.InitializeAsync();

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    /// <summary>A tenant whose trail has that many events of the test's own, sealed in two links: their ids, oldest first.</summary>
    public async Task<(TestTenant Tenant, IReadOnlyList<long> Events)> SealedTrailAsync(int events)
    {
        var tenant = await Portal.NewTenantAsync();
        await SealAsync();
        var ids = await WriteAsync(tenant, events);
        await SealAsync();
        return (tenant, ids);
    }

    /// <summary>Writes events, each in a transaction of its own.</summary>
    public async Task<IReadOnlyList<long>> WriteAsync(TestTenant tenant, int events)
    {
        var ids = new List<long>();
        for (var n = 0; n < events; n++)
            ids.Add(await Portal.LookAsync(tenant, async db =>
            {
                var written = new Actor().Did(tenant.Id, AuditActions.PlanChanged, "plan", tenant.PlanId, $"Plan {n} of Zoë", new { pop3 = "enabled" }, new { pop3 = "disabled" });
                db.Add(written);
                await db.SaveChangesAsync(Cancel);
                return written.Id;
            }));
        return ids;
    }

    public Task<int> SealAsync() => Portal.Services.GetRequiredService<CrossTenant>().SealAuditEventsAsync(Cancel);

    internal Task<AuditVerification> VerifyAsync(TestTenant tenant, params ChainHead[] anchors) =>
        Portal.InTenantAsync(tenant, scope => scope.GetRequiredService<VerifyAuditTrail>().HandleAsync(anchors, Cancel));

    /// <summary>Runs SQL as the superuser, with neither triggers nor walls in the way.</summary>
    public async Task TamperAsync(FormattableString sql)
    {
        await using var source = NpgsqlDataSource.Create(Portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand($"SET session_replication_role = replica; {sql.ToString(CultureInfo.InvariantCulture)}");
        await command.ExecuteNonQueryAsync(Cancel);
    }

    public async Task<T> AskAsync<T>(FormattableString sql)
    {
        await using var source = NpgsqlDataSource.Create(Portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(sql.ToString(CultureInfo.InvariantCulture));
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>Gives a command as an operator does: in a process of its own, with the portal's data folder.</summary>
    public async Task<(int Code, string Said)> CommandAsync(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll"), .. words])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["ConnectionStrings__Portal"] = Portal.Database.ServingConnectionString, ["Portal__DataFolder"] = Portal.DataFolder },
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>An event as a forger with all rights would write it: digest and all.</summary>
    public Task ForgeAsync(TestTenant tenant, long id, string at, string transaction) => TamperAsync(
        $"""
        CREATE OR REPLACE FUNCTION pg_temp.forged() RETURNS void LANGUAGE sql AS $f$
            INSERT INTO audit_event (tenant_id, id, at, xact, actor_name, actor_kind, action, target_kind, target, digest) OVERRIDING SYSTEM VALUE
            VALUES ('{tenant.Id}', {id}, {at}, {transaction}, 'nobody', 1, 'plan.changed', 'plan', 'Forged', '');
            UPDATE audit_event e SET digest = sha256(record_send(ROW(
                e.tenant_id, e.id, e.at, e.xact, convert_to(e.actor_name, 'UTF8'), e.actor_kind, e.actor_id, convert_to(e.action, 'UTF8'),
                convert_to(e.target_kind, 'UTF8'), e.target_id, convert_to(e.target, 'UTF8'), convert_to(e.before::text, 'UTF8'),
                convert_to(e.after::text, 'UTF8'), convert_to(e.reason, 'UTF8'), e.operation_id, convert_to(e.remote_address, 'UTF8'),
                convert_to(e.user_agent, 'UTF8'))))
            WHERE e.tenant_id = '{tenant.Id}' AND e.id = {id};
        $f$;
        SELECT pg_temp.forged()
        """);
}

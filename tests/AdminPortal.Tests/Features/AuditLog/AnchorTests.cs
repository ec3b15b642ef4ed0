using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.AuditLog;

/// <summary>
/// Whoever owns the database can write a chain that is right in itself. The file beside it, which is only appended to, remembers the chain as
/// it was.
/// </summary>
public sealed class AnchorTests(ChainStage stage) : IClassFixture<ChainStage>
{
    private string AnchorFile => Path.Combine(stage.Portal.DataFolder, "audit-heads.txt");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chain_that_its_owner_writes_anew_in_itself_without_fault_is_found_by_the_head_that_was_kept()
    {
        var (tenant, events) = await stage.SealedTrailAsync(5);
        await KeepAsync();
        Assert.Contains($" {tenant.Slug} 2 ", await File.ReadAllTextAsync(AnchorFile, Cancel), StringComparison.Ordinal);

        await RewriteWholeAsync(tenant, $"DELETE FROM audit_event WHERE tenant_id = '{tenant.Id}' AND id = {events[2]}");

        var inItself = await stage.VerifyAsync(tenant);
        Assert.True(inItself is { Intact: true, Seals: 1 }, string.Join('\n', inItself.Findings));
        var (code, said) = await stage.CommandAsync("verify-audit", tenant.Slug);
        Assert.True(code == 1 && said.Contains($"{nameof(AuditFault.AnchorNotFound)}: The head 2 ", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task A_chain_that_was_cut_short_with_all_its_events_is_found()
    {
        var (tenant, _) = await stage.SealedTrailAsync(2);
        await KeepAsync();
        await stage.TamperAsync($"DELETE FROM audit_seal WHERE tenant_id = '{tenant.Id}'; DELETE FROM audit_event WHERE tenant_id = '{tenant.Id}'");

        Assert.Empty((await stage.VerifyAsync(tenant)).Findings);
        var (code, said) = await stage.CommandAsync("verify-audit");
        Assert.True(code == 1 && said.Contains($"{tenant.Slug}: 1 findings", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task A_tenant_that_is_gone_with_its_whole_trail_is_named()
    {
        var tenant = await stage.Portal.NewTenantAsync();
        await stage.SealAsync();
        await KeepAsync();
        await stage.TamperAsync($"DELETE FROM tenant WHERE id = '{tenant.Id}'");

        var (code, said) = await stage.CommandAsync("verify-audit");
        Assert.True(code == 1 && said.Contains($"{tenant.Slug}: gone. ", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task What_has_not_moved_is_not_written_again_and_what_is_true_stays_true()
    {
        var (tenant, _) = await stage.SealedTrailAsync(1);
        await KeepAsync();
        Assert.Equal(0, await stage.Portal.Services.GetRequiredService<KeepAnchors>().WriteAsync(Cancel));
        await stage.WriteAsync(tenant, 1);
        await stage.SealAsync();
        Assert.Equal(1, await stage.Portal.Services.GetRequiredService<KeepAnchors>().WriteAsync(Cancel));

        Assert.Equal(2, (await File.ReadAllLinesAsync(AnchorFile, Cancel)).Count(line => line.Contains($" {tenant.Slug} ", StringComparison.Ordinal)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(AnchorFile));
        var (code, said) = await stage.CommandAsync("verify-audit", tenant.Slug);
        Assert.True(code == 0 && said.Contains("2 kept heads compared", StringComparison.Ordinal), said);
    }

    /// <summary>As the database's owner would who knows how it is made: without the event, sealed anew from the beginning, by the sealing function itself.</summary>
    private async Task RewriteWholeAsync(TestTenant tenant, string crime)
    {
        await stage.TamperAsync($"{crime}; DELETE FROM audit_seal WHERE tenant_id = '{tenant.Id}'");
        // Sealed all at once as after a restore: every event that no seal lists.
        await stage.TamperAsync($"UPDATE audit_position SET at = 'epoch', snapshot = (pg_snapshot_xmax(pg_current_snapshot())::text || '0:' || pg_snapshot_xmax(pg_current_snapshot())::text || '0:')::pg_snapshot");
        Assert.True(await stage.SealAsync() > 0);
        Assert.Equal(1, await stage.Portal.LookAsync(tenant, db => db.AuditSeals.CountAsync(Cancel)));
    }

    private Task<int> KeepAsync() => stage.Portal.Services.GetRequiredService<KeepAnchors>().WriteAsync(Cancel);
}

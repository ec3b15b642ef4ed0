using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.AuditLog;

/// <summary>What is written is sealed within two seconds of the worker's clock, which stands still here unless it is moved.</summary>
public sealed class SealingTests : IClassFixture<PortalFactory>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly PortalFactory portal;
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider time;

    public SealingTests(PortalFactory portal)
    {
        this.portal = portal;
        time = portal.UseTime();
        portal.Set("Portal:Roles", "web,worker");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_seconds_after_it_was_written_an_event_is_sealed()
    {
        var tenant = await portal.NewTenantAsync();
        await UntilSealedAsync(tenant);
        var written = await portal.LookAsync(tenant, async db =>
        {
            var e = new AuditEvent { TenantId = tenant.Id, ActorName = "somebody", Action = AuditActions.PlanChanged, TargetKind = "plan", Target = "Everyone" };
            db.Add(e);
            await db.SaveChangesAsync(Cancel);
            return e.Id;
        });
        Assert.True(await LastSealedAsync(tenant) < written, "Nobody moved the clock, and yet it is sealed: this would prove nothing.");

        time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(await UntilSealedAsync(tenant, written));
    }

    private async Task<bool> UntilSealedAsync(TestTenant tenant)
    {
        time.Advance(TimeSpan.FromSeconds(2));
        return await UntilSealedAsync(tenant, 1);
    }

    private async Task<bool> UntilSealedAsync(TestTenant tenant, long id)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await LastSealedAsync(tenant) < id) await look.WaitForNextTickAsync(patience.Token);
        return true;
    }

    private async Task<long> LastSealedAsync(TestTenant tenant) => await portal.LookAsync(tenant, db => db.AuditSeals.MaxAsync(s => (long?)s.LastEvent, Cancel)) ?? 0;
}

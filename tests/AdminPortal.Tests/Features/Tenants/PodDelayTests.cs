using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>Where the proxy finds a mail server, and what passing people on to it costs them.</summary>
public sealed class PodDelayTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_hour_and_the_last_day_are_told_apart()
    {
        var tenant = await portal.NewTenantAsync();
        var now = TimeProvider.System.GetUtcNow();
        var pod = await portal.LookAsync(tenant, db => db.Pods.Select(p => p.Id).FirstAsync(Cancel));
        await portal.LookAsync(tenant, async db =>
        {
            Add(now.AddMinutes(-5), 20, 99);
            Add(now.AddMinutes(-5), 400, 1);
            Add(now.AddHours(-5), 100, 900);
            Add(now.AddDays(-2), 5_000, 10_000);
            return await db.SaveChangesAsync(Cancel);

            void Add(DateTimeOffset at, int milliseconds, int count) => db.Add(new PodDelay
            {
                TenantId = tenant.Id, PodId = pod, Kind = PodDelayKind.SignIn, Slot = PodDelay.SlotOf(at), Bucket = PodDelay.BucketOf(TimeSpan.FromMilliseconds(milliseconds)), Count = count,
            });
        });

        var shown = await (await portal.ApiAsync(tenant, PortalRole.Auditor)).GetAsync($"{tenant.Api}/pods/{pod}", Cancel).JsonAsync();

        var (hour, day) = (shown.GetProperty("delay").GetProperty("lastHour"), shown.GetProperty("delay").GetProperty("lastDay"));
        Assert.Equal((100, 1000), (hour.GetProperty("signIns").GetInt32(), day.GetProperty("signIns").GetInt32()));
        Assert.InRange(hour.GetProperty("signInMedianMs").GetDouble(), 20, 25);
        Assert.InRange(day.GetProperty("signInMedianMs").GetDouble(), 100, 120);
        Assert.InRange(hour.GetProperty("signInP95Ms").GetDouble(), 20, 25);
    }

    [Theory]
    [InlineData("""{"security": "none"}""", "security")]
    [InlineData("""{"imapPort": 0}""", "imapPort")]
    [InlineData("""{"pop3Port": 65536}""", "pop3Port")]
    public async Task A_place_that_cannot_be_is_refused(string patch, string field)
    {
        var tenant = await portal.NewTenantAsync();
        var pod = await OtherPodAsync(tenant);
        using var answer = await (await portal.ApiAsync(tenant, PortalRole.TenantAdmin)).MergePatchAsync($"{tenant.Api}/pods/{pod}", patch);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_are_changed_shown_and_put_back_to_the_usual_ones()
    {
        var tenant = await portal.NewTenantAsync();
        var (pod, admin) = ($"{tenant.Api}/pods/{await OtherPodAsync(tenant)}", await portal.ApiAsync(tenant, PortalRole.TenantAdmin));
        var shown = await admin.MergePatchAsync(pod, """{"security": "startTls", "imapPort": 1430}""").JsonAsync();
        Assert.Equal(("startTls", 1430), (shown.GetProperty("security").GetString(), shown.GetProperty("imapPort").GetInt32()));
        shown = await admin.MergePatchAsync(pod, """{"imapPort": null}""").JsonAsync();
        Assert.False(shown.TryGetProperty("imapPort", out var port) && port.ValueKind == System.Text.Json.JsonValueKind.Number);
    }

    private Task<Guid> OtherPodAsync(TestTenant tenant) => portal.LookAsync(tenant, async db =>
    {
        var pod = new Pod { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = "Theirs", Kind = PodKind.DovecotView, Host = "mail.example.org" };
        db.Add(pod);
        await db.SaveChangesAsync(Cancel);
        return pod.Id;
    });
}

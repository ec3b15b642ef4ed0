using System.Diagnostics;
using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Hosting.Throttle;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.Limits;

public sealed class LimitsPageTests(FiveDoors doors) : IClassFixture<FiveDoors>
{
    private const string Page = "/platform/limits";
    private readonly PortalFactory portal = doors.Portal;

    [Fact]
    public async Task The_page_shows_every_limit_by_the_name_of_its_setting()
    {
        doors.Open();
        using var browser = await SignInAsync(await portal.NewPlatformAdminAsync());
        var page = await browser.ReadAsync(Page);
        var limits = portal.Services.GetServices<ILimitsOfRoom>().SelectMany(room => room.All).ToList();

        Assert.True(limits.Count > 50);
        Assert.All(limits, limit => Assert.Contains($">{limit.Setting}<", page, StringComparison.Ordinal));
        Assert.DoesNotContain("LimitWeb", page, StringComparison.Ordinal);
        Assert.Contains("1 MiB", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PortalRole.TenantAdmin)]
    [InlineData(PortalRole.Auditor)]
    public async Task It_is_for_platform_administrators_alone(PortalRole role)
    {
        doors.Open();
        using var browser = await SignInAsync(await portal.NewPersonAsync(await portal.NewTenantAsync(), role));
        using var refused = await browser.GetAsync(Page);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Whoever_is_held_off_is_shown_and_can_be_let_in_which_is_on_record()
    {
        doors.Open();
        var tenant = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        var home = FiveDoors.NewAddress();
        for (var n = 0; n < 5; n++) await doors.AskAsync(Door.Imap, home, mailbox.Address, $"guess {n}");
        Assert.Equal(Kind.HeldOff, (await doors.AskAsync(Door.Imap, home, mailbox.Address, mailbox.Password)).Kind);

        using var browser = await SignInAsync(await portal.NewPlatformAdminAsync());
        Assert.Contains(mailbox.Address, await browser.ReadAsync(Page), StringComparison.Ordinal);
        using var done = await browser.PostAsync(Page, new() { ["heldBy"] = "pair", ["account"] = mailbox.Address, ["address"] = home.ToString() });
        Assert.Equal(Page, done.Headers.Location?.ToString());
        Assert.DoesNotContain(mailbox.Address, await browser.ReadAsync(Page), StringComparison.Ordinal);

        var watch = Stopwatch.StartNew();
        while ((await doors.AskAsync(Door.Imap, home, mailbox.Address, mailbox.Password)).Kind != Kind.In)
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "Who was let in is still held off.");
        var entry = Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.LetIn);
        Assert.Equal(mailbox.Address, entry.Target);
    }

    // Over real sockets: the portal listens in this class.
    private async Task<Browser> SignInAsync(TestPerson person)
    {
        var browser = new Browser(doors.Http(FiveDoors.NewAddress()));
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }
}

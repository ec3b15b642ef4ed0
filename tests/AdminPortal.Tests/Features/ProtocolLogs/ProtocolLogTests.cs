using System.Net;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using AdminPortal.Tests.Features.MailHosting;
using AdminPortal.Tests.Infrastructure;
using MailKit;
using MailKit.Net.Imap;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.ProtocolLogs;

/// <summary>What mail programs and the server say to each other, taken down when an administrator asks for it.</summary>
public sealed class ProtocolLogTests(PortalWithMail with) : IClassFixture<PortalWithMail>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_that_is_open_already_is_heard_once_it_is_on_and_no_other_mailbox_is()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var other = await with.Portal.NewMailboxAsync(tenant);
        using var session = (ImapClient)await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", mailbox.Address, mailbox.Password);
        using var others = await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", other.Address, other.Password);
        await session.NoOpAsync(Cancel);

        var started = await StartAsync(admin, tenant, mailbox);
        Assert.True(started.GetProperty("on").GetBoolean());
        var lines = await HeardAsync(admin, tenant, mailbox, session);
        await others.NoOpAsync(Cancel);

        Assert.Contains(lines, line => line.GetProperty("side").GetString() == "client" && line.GetProperty("text").GetString()!.EndsWith(" NOOP", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.GetProperty("side").GetString() == "server" && line.GetProperty("text").GetString()!.Contains(" OK ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Equal("imap", line.GetProperty("protocol").GetString()));
        Assert.Equal(0, await with.Portal.LookAsync(tenant, db => db.ProtocolLogLines.CountAsync(l => l.MailboxId == other.Id, Cancel)));
    }

    [Fact]
    public async Task No_password_is_in_it_and_starting_it_is_on_record_with_the_reason()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        await StartAsync(admin, tenant, mailbox);
        foreach (var protocol in MailDoors.Protocols)
            foreach (var mechanism in MailDoors.PasswordMechanisms)
            {
                Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, mailbox.Password));
                Assert.NotNull(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, $"wrong-{mailbox.Password}"));
            }
        using var session = (ImapClient)await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", mailbox.Address, mailbox.Password);
        await HeardAsync(admin, tenant, mailbox, session);

        var texts = await with.Portal.LookAsync(tenant, db => db.ProtocolLogLines.Where(l => l.MailboxId == mailbox.Id).Select(l => l.Text).ToListAsync(Cancel));
        Assert.NotEmpty(texts);
        var plain = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(mailbox.Password));
        Assert.DoesNotContain(texts, text => text.Contains(mailbox.Password, StringComparison.Ordinal) || text.Contains(plain[..^4], StringComparison.Ordinal));
        var entry = Assert.Single(await with.Portal.AuditAsync(tenant), e => e.Action == AuditActions.ProtocolLogStarted);
        Assert.Equal(("Outlook asks again and again", mailbox.Address), (entry.Reason, entry.Target));
    }

    [Fact]
    public async Task It_is_ended_and_removed_and_each_answer_has_its_tag()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var path = Path(tenant, mailbox);
        var none = (await admin.ETagAsync(path)).ToString();
        await StartAsync(admin, tenant, mailbox);

        Assert.Equal("precondition-failed", await PutAsync(admin, path, """{"hours": 1, "reason": "Again"}""", none).ProblemAsync(HttpStatusCode.PreconditionFailed));
        Assert.Equal("precondition-required", await PutAsync(admin, path, """{"hours": 1, "reason": "Again"}""", null).ProblemAsync(HttpStatusCode.PreconditionRequired));
        Assert.NotEmpty(await PutAsync(admin, path, """{"hours": 25, "reason": "Too long"}""", "*").FieldErrorAsync("hours"));
        Assert.NotEmpty(await PutAsync(admin, path, """{"hours": 1, "reason": " "}""", "*").FieldErrorAsync("reason"));
        using var gone = await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: (await admin.ETagAsync(path)).ToString());

        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.False((await admin.GetAsync(path, Cancel).JsonAsync()).GetProperty("on").GetBoolean());
        Assert.Contains(await with.Portal.AuditAsync(tenant), e => e.Action == AuditActions.ProtocolLogRemoved);
    }

    [Fact, Reaches("Limits:Mailboxes:ProtocolLogOctets")]
    public async Task One_that_is_full_takes_nothing_more_and_says_so_and_another_goes_on()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var other = await with.Portal.NewMailboxAsync(tenant);
        await StartAsync(admin, tenant, mailbox);
        using var session = (ImapClient)await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", mailbox.Address, mailbox.Password);
        await HeardAsync(admin, tenant, mailbox, session);
        await session.DisconnectAsync(quit: true, Cancel);
        await with.Portal.LookAsync(tenant, db => db.ProtocolLogs.Where(l => l.MailboxId == mailbox.Id).ExecuteUpdateAsync(
            l => l.SetProperty(x => x.Octets, new LimitsOptions().Mailboxes.ProtocolLogOctets), Cancel));

        using var later = (ImapClient)await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", mailbox.Address, mailbox.Password);
        await later.NoOpAsync(Cancel);
        // What is heard in the other one was written after it.
        await StartAsync(admin, tenant, other);
        using var others = (ImapClient)await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", other.Address, other.Password);
        await HeardAsync(admin, tenant, other, others);

        Assert.True((await admin.GetAsync(Path(tenant, mailbox), Cancel).JsonAsync()).GetProperty("isFull").GetBoolean());
        Assert.Single(await with.Portal.LookAsync(tenant, db => db.ProtocolLogLines.Where(l => l.MailboxId == mailbox.Id).Select(l => l.SessionId).Distinct().ToListAsync(Cancel)));
    }

    [Fact]
    public async Task A_week_after_its_end_it_is_gone()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        await StartAsync(admin, tenant, mailbox);
        await MoveEndAsync(tenant, mailbox, TimeSpan.FromDays(6));
        await with.Portal.InScopeAsync(async scope => { await Housekeeping(scope).TidyAsync(Cancel); return true; });
        Assert.True(await with.Portal.LookAsync(tenant, db => db.ProtocolLogs.AnyAsync(l => l.MailboxId == mailbox.Id, Cancel)));

        await MoveEndAsync(tenant, mailbox, TimeSpan.FromDays(8));
        await with.Portal.InScopeAsync(async scope => { await Housekeeping(scope).TidyAsync(Cancel); return true; });
        Assert.False(await with.Portal.LookAsync(tenant, db => db.ProtocolLogs.AnyAsync(l => l.MailboxId == mailbox.Id, Cancel)));
    }

    private static Housekeeping Housekeeping(IServiceProvider scope) => ActivatorUtilities.CreateInstance<Housekeeping>(scope);

    private Task<int> MoveEndAsync(TestTenant tenant, TestMailbox mailbox, TimeSpan ago) => with.Portal.LookAsync(tenant, db =>
        db.ProtocolLogs.Where(l => l.MailboxId == mailbox.Id).ExecuteUpdateAsync(l => l.SetProperty(x => x.EndsAt, TimeProvider.System.GetUtcNow() - ago), Cancel));

    private async Task<(TestTenant, TestMailbox, HttpClient)> ArriveAsync()
    {
        var tenant = await with.Portal.NewTenantAsync();
        return (tenant, await with.Portal.NewMailboxAsync(tenant), await with.ApiAsync(tenant, PortalRole.TenantAdmin));
    }

    private static Task<JsonElement> StartAsync(HttpClient admin, TestTenant tenant, TestMailbox mailbox) =>
        PutAsync(admin, Path(tenant, mailbox), """{"hours": 2, "reason": "Outlook asks again and again"}""", "*").JsonAsync();

    private static Task<HttpResponseMessage> PutAsync(HttpClient admin, string path, string body, string? ifMatch) => admin.SendJsonAsync(HttpMethod.Put, path, body, ifMatch);

    /// <summary>Talks until something of both sides was taken down, and asks for it then: a client that asks all the time is held off.</summary>
    private async Task<List<JsonElement>> HeardAsync(HttpClient admin, TestTenant tenant, TestMailbox mailbox, IMailService session)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        do await session.NoOpAsync(patience.Token);
        while (await with.Portal.LookAsync(tenant, db => db.ProtocolLogLines.Where(l => l.MailboxId == mailbox.Id).Select(l => l.Side).Distinct().CountAsync(patience.Token)) < 2);
        return [.. (await admin.GetAsync($"{Path(tenant, mailbox)}/lines", patience.Token).JsonAsync()).GetProperty("items").EnumerateArray()];
    }

    private static string Path(TestTenant tenant, TestMailbox mailbox) => $"{tenant.Api}/mailboxes/{mailbox.Id}/protocol-log";
}

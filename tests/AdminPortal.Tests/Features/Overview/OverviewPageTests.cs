using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Overview;

/// <summary>The first page of a tenant.</summary>
public sealed class OverviewPageTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_says_what_is_on_for_everybody_and_for_whom_it_is_not()
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso);
        await AddAsync(contoso, new Plan { TenantId = contoso.Id, Id = Guid.CreateVersion7(), Name = "No POP", Access = AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled } });
        var page = await (await SignInAsync(contoso)).OpenAsync(contoso.Pages);

        Assert.Equal(["POP3 On", "IMAP4 On", "SMTP On"], page.Says(".panel-head"));
        Assert.Equal($"{contoso.Pages}/mailboxes?plan=No%20POP", page.LinkOf("Plan No POP"));
        Assert.Equal($"{contoso.Pages}/mailboxes?imap=off", page.QuerySelectorAll(".panel")[1].LinkOf("Who has IMAP4 off"));
        Assert.Equal("1 mailbox · All operations", page.QuerySelector(".sub").Says());
    }

    [Fact]
    public async Task What_fails_is_told_the_alarm_first_and_only_while_no_later_check_or_switch_says_otherwise()
    {
        var contoso = await portal.NewTenantAsync();
        var (anna, dora) = (await portal.NewMailboxAsync(contoso, "anna"), await portal.NewMailboxAsync(contoso, "dora"));
        var (bruno, carla) = (await portal.NewMailboxAsync(contoso, "bruno", more: Off), await portal.NewMailboxAsync(contoso, "carla", more: Off));
        await AddAsync(contoso,
            Check(anna, "failsThoughAllowed", hoursAgo: 1), Check(bruno, "worksThoughDenied", hoursAgo: 5),
            Check(carla, "worksThoughDenied", hoursAgo: 4), Check(carla, "refusedAsDenied", hoursAgo: 3),
            Check(dora, "worksThoughDenied", hoursAgo: 2));
        var page = await (await SignInAsync(contoso)).OpenAsync(contoso.Pages);

        var rows = page.QuerySelectorAll("tr").Where(row => row.QuerySelector(".verdict-bad") is not null).ToList();
        Assert.Equal(["bruno", "anna"], rows.Select(row => row.QuerySelector(".name").Says()));
        Assert.Equal(["POP3 let in though off", "POP3 fails"], rows.Select(row => row.QuerySelector(".verdict").Says()));
        Assert.Equal($"{contoso.Pages}/mailboxes/{Uri.EscapeDataString(bruno.Address)}?tab=connectivity", rows[0].QuerySelector("a")!.GetAttribute("href"));

        static void Off(Mailbox mailbox) => mailbox.Access = mailbox.Access with { Pop3 = AccessSetting.Disabled };

        ConnectivityCheck Check(TestMailbox mailbox, string verdict, int hoursAgo)
        {
            var at = TimeProvider.System.GetUtcNow().AddHours(-hoursAgo);
            return new()
            {
                TenantId = contoso.Id, Id = Guid.CreateVersion7(at), MailboxId = mailbox.Id, Protocol = MailProtocol.Pop3, Verdict = verdict, At = at,
                Endpoint = "localhost:1 implicitTls", Credential = "service", Steps = JsonSerializer.SerializeToDocument(Array.Empty<string>()), RequestedBy = "somebody",
            };
        }
    }

    [Fact]
    public async Task What_is_at_work_and_what_failed_lately_leads_to_its_page()
    {
        var contoso = await portal.NewTenantAsync();
        var running = Operation(OperationState.Running, hoursAgo: 0);
        var failed = Operation(OperationState.Failed, hoursAgo: 2);
        await AddAsync(contoso, running, failed, Operation(OperationState.Failed, hoursAgo: 30), Operation(OperationState.Succeeded, hoursAgo: 1));
        var page = await (await SignInAsync(contoso)).OpenAsync(contoso.Pages);

        var rows = page.QuerySelectorAll("tr:has(th a[href*='/operations/'])");
        Assert.Equal([$"{contoso.Pages}/operations/{running.Id}", $"{contoso.Pages}/operations/{failed.Id}"], rows.Select(row => row.QuerySelector("a")!.GetAttribute("href")));
        Assert.Equal("Import of mailboxes", rows[0].QuerySelector("a").Says());
        Assert.Equal("1,800", rows[0].QuerySelector(".under:not(th *)").Says().Split(' ')[0]);
        Assert.NotNull(rows[1].QuerySelector(".verdict-bad"));

        Operation Operation(OperationState state, int hoursAgo)
        {
            var at = TimeProvider.System.GetUtcNow().AddHours(-hoursAgo);
            return new()
            {
                // Id by id: the one begun last is the newest.
                TenantId = contoso.Id, Id = Guid.CreateVersion7(at), Kind = "import", State = state, Request = JsonSerializer.SerializeToDocument(new { }),
                Total = 5_000, Done = 1_800, RequestedBy = "somebody", CreatedAt = at, StartedAt = at, FinishedAt = state == OperationState.Running ? null : at,
                LeaseUntil = at.AddHours(1),
            };
        }
    }

    [Theory]
    [InlineData(PortalRole.TenantAdmin, true)]
    [InlineData(PortalRole.Helpdesk, false)]
    public async Task An_organisation_without_mailboxes_is_shown_its_first_step(PortalRole role, bool offered)
    {
        var contoso = await portal.NewTenantAsync();
        var page = await (await SignInAsync(contoso, role)).OpenAsync(contoso.Pages);

        Assert.Equal("Start with the mailboxes", page.QuerySelector(".empty h2").Says());
        Assert.Equal(offered ? $"{contoso.Pages}/import" : null, page.LinkOf("Import mailboxes"));
    }

    [Theory]
    [InlineData(PortalRole.Auditor, true)]
    [InlineData(PortalRole.Helpdesk, false)]
    public async Task What_changed_is_for_those_who_may_read_the_audit_trail(PortalRole role, bool shown)
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso);
        var page = await (await SignInAsync(contoso, role)).OpenAsync(contoso.Pages);
        Assert.Equal(shown, page.Says("h2").Contains("What changed"));
    }

    [Fact]
    public async Task What_changed_is_told_in_words_and_leaves_out_who_came_and_went()
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso);
        var access = new { pop3 = "disabled", imap = "inherit", smtp = "enabled" };
        await AddAsync(contoso, Did(AuditActions.SignedIn, "somebody", null), Did(AuditActions.PlanCreated, "Basic", new { name = "Basic", access }));
        var page = await (await SignInAsync(contoso)).OpenAsync(contoso.Pages);

        var told = page.QuerySelectorAll("tr").Where(row => row.QuerySelector("time") is not null).Select(row => row.Says()).ToList();
        Assert.Contains(told, row => row.EndsWith("made the plan Basic name Basic IMAP4 inherited POP3 off SMTP on", StringComparison.Ordinal));
        Assert.DoesNotContain(told, row => row.Contains("signed in", StringComparison.Ordinal));

        AuditEvent Did(string action, string target, object? after) => new()
        {
            TenantId = contoso.Id, ActorName = "somebody", Action = action, TargetKind = action.Split('.')[0], Target = target,
            After = after is null ? null : JsonSerializer.SerializeToDocument(after),
        };
    }

    private async Task<Browser> SignInAsync(TestTenant tenant, PortalRole role = PortalRole.TenantAdmin) =>
        await portal.SignInAsync(await portal.NewPersonAsync(tenant, role));

    private Task AddAsync(TestTenant tenant, params object[] rows) => portal.LookAsync(tenant, db =>
    {
        db.AddRange(rows);
        return db.SaveChangesAsync(Cancel);
    });
}

using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes;

/// <summary>The list of mailboxes, as a person with a browser meets it; without scripts unless a test says otherwise.</summary>
public sealed class MailboxesPageTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_says_who_it_is_what_is_on_and_in_which_plan()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, "anna", more: m =>
        {
            (m.DisplayName, m.PlanId) = ("Anna Schmidt", contoso.PlanId);
            m.Access = m.Access with { Pop3 = AccessSetting.Disabled };
        });
        var page = await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes");

        var row = page.QuerySelector("[data-row]")!;
        Assert.Equal("Anna Schmidt", row.QuerySelector("a.name").Says());
        Assert.Equal($"{contoso.Pages}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}", row.QuerySelector("a.name")!.GetAttribute("href"));
        Assert.Equal(mailbox.Address, row.QuerySelector(".under").Says());
        Assert.Equal(["false", "true", "true"], row.QuerySelectorAll("[role=switch]").Select(one => one.GetAttribute("aria-checked")));
        Assert.Equal("Everyone", row.QuerySelector(".plan").Says());
        Assert.Contains("never", row.Says(), StringComparison.Ordinal);
        Assert.Contains("not checked", row.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_sign_in_and_the_last_check_are_told_with_their_protocol()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, more: m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });
        await SignedInAsync(contoso, mailbox, MailProtocol.Imap, MailSignInResult.Succeeded, hoursAgo: 3);
        await SignedInAsync(contoso, mailbox, MailProtocol.Pop3, MailSignInResult.AccessDisabled, hoursAgo: 1);
        await CheckedAsync(contoso, mailbox, MailProtocol.Smtp, "failsThoughAllowed", hoursAgo: 5);
        await CheckedAsync(contoso, mailbox, MailProtocol.Pop3, "refusedAsDenied", hoursAgo: 2);
        var row = (await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes")).QuerySelector("[data-row]")!;

        Assert.Contains("3 hours ago IMAP4", row.Says(), StringComparison.Ordinal);
        Assert.Equal("POP3 off and refused", row.QuerySelector(".verdict-good").Says());
    }

    [Theory]
    [InlineData("refusedAsDenied", AccessSetting.Enabled)]
    [InlineData("worksThoughDenied", AccessSetting.Enabled)]
    [InlineData("worksAsAllowed", AccessSetting.Disabled)]
    [InlineData("failsThoughAllowed", AccessSetting.Disabled)]
    public async Task A_verdict_that_a_switch_has_overtaken_does_not_stand_there_as_if_it_were_current(string verdict, AccessSetting now)
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, more: m => m.Access = m.Access with { Pop3 = now });
        await CheckedAsync(contoso, mailbox, MailProtocol.Pop3, verdict, hoursAgo: 2);
        var browser = await SignInAsync(contoso);

        var row = (await browser.OpenAsync($"{contoso.Pages}/mailboxes")).QuerySelector("[data-row]")!;
        Assert.Equal("POP3 switched since", row.QuerySelector(".verdict-open").Says());

        var page = await browser.OpenAsync($"{contoso.Pages}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}?tab=connectivity");
        Assert.Equal("POP3 switched since", page.QuerySelector("#last-check .verdict-open").Says());
        Assert.StartsWith("POP3 has been switched since this check", page.QuerySelector("#connectivity .check .verdict").Says(), StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("#connectivity .check > p .verdict-good, #connectivity .check > p .verdict-bad"));
    }

    [Theory]
    [InlineData("sch", new[] { "Anna Schmidt" })]
    [InlineData("OTHER-NAME", new[] { "Bruno Petit" })]
    [InlineData("a", new[] { "Anna Schmidt" })]
    [InlineData("nobody", new string[0])]
    public async Task A_search_finds_by_a_part_of_the_name_or_address_and_by_the_beginning_of_an_alias(string search, string[] found)
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso, "a.schmidt", more: m => m.DisplayName = "Anna Schmidt");
        var bruno = await portal.NewMailboxAsync(contoso, "b.petit", more: m => m.DisplayName = "Bruno Petit");
        await AddAliasAsync(contoso, bruno, "other-name");
        var page = await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes?search={search}");

        Assert.Equal(found, page.Says("[data-row] .name"));
        Assert.Equal(search, page.QuerySelector("input[name=search]")!.GetAttribute("value"));
        Assert.Equal($"{found.Length} found", page.QuerySelector("#found").Says());
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_each_is_taken_away_by_one_click()
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso, "on");
        await portal.NewMailboxAsync(contoso, "off", more: m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });
        await portal.NewMailboxAsync(contoso, "planned", more: m => (m.Access, m.PlanId) = (m.Access with { Pop3 = AccessSetting.Disabled }, contoso.PlanId));
        var browser = await SignInAsync(contoso);
        var all = await browser.OpenAsync($"{contoso.Pages}/mailboxes");

        var off = await browser.OpenAsync(all.LinkOf("POP3 off")!);
        Assert.Equal(["off", "planned"], off.Says("[data-row] .name"));
        var offAndPlanned = await browser.OpenAsync(off.LinkOf("Everyone")!);
        Assert.Equal(["planned"], offAndPlanned.Says("[data-row] .name"));
        Assert.Equal(["POP3 off", "Plan Everyone"], offAndPlanned.Says("a.chip"));
        var planned = await browser.OpenAsync(offAndPlanned.QuerySelector("a.chip")!.GetAttribute("href")!);
        Assert.Equal(["Plan Everyone"], planned.Says("a.chip"));
        Assert.Equal(["planned"], planned.Says("[data-row] .name"));
        Assert.Equal($"{contoso.Pages}/mailboxes", planned.LinkOf("Show all"));
    }

    [Theory]
    [InlineData("pop3=perhaps")]
    [InlineData("imapSetting=off")]
    public async Task A_filter_that_cannot_be_read_is_refused_rather_than_left_out(string filter)
    {
        var contoso = await portal.NewTenantAsync();
        using var answer = await (await SignInAsync(contoso)).GetAsync($"{contoso.Pages}/mailboxes?{filter}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?sort=-address")]
    [InlineData("?sort=displayName")]
    [InlineData("?sort=-displayName&search=mailbox")]
    public async Task Walking_from_page_to_page_meets_every_mailbox_once_and_in_order(string query)
    {
        var contoso = await portal.NewTenantAsync();
        await AddManyAsync(contoso, 120);
        var browser = await SignInAsync(contoso);

        var met = new List<string>();
        for (var next = $"{contoso.Pages}/mailboxes{query}"; next is not null;)
        {
            var page = await browser.OpenAsync(next);
            met.AddRange(page.Says(query.Contains("displayName", StringComparison.Ordinal) ? "[data-row] .name" : "[data-row] .under:first-of-type"));
            next = page.QuerySelector("a[rel=next]")?.GetAttribute("href");
        }

        Assert.Equal(120, met.Distinct().Count());
        var inOrder = met.Order(StringComparer.OrdinalIgnoreCase);
        Assert.Equal(query.Contains("=-", StringComparison.Ordinal) ? inOrder.Reverse() : inOrder, met);
    }

    [Fact]
    public async Task All_are_counted_for_nothing_and_what_matches_is_never_counted()
    {
        var contoso = await portal.NewTenantAsync();
        await AddManyAsync(contoso, 60);
        var browser = await SignInAsync(contoso);

        Assert.Equal("60 mailboxes", (await browser.OpenAsync($"{contoso.Pages}/mailboxes")).QuerySelector("#found").Says());
        var many = await browser.OpenAsync($"{contoso.Pages}/mailboxes?search=mailbox");
        Assert.Equal("50 shown, more follow", many.QuerySelector("#found").Says());
        Assert.Equal("10 shown, the last ones", (await browser.OpenAsync(many.QuerySelector("a[rel=next]")!.GetAttribute("href")!)).QuerySelector("#found").Says());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_place_that_is_none_begins_at_the_beginning(string cursor)
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        var page = await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes?cursor={cursor}");
        Assert.Equal([mailbox.Address], page.Says("[data-row] .under"));
    }

    [Fact]
    public async Task The_search_box_of_every_page_leads_straight_to_a_mailbox_whose_address_or_alias_was_typed()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        await AddAliasAsync(contoso, mailbox, "info");
        var browser = await SignInAsync(contoso);

        var itself = $"{contoso.Pages}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}";
        Assert.Equal(itself, await LeadsToAsync(mailbox.Address.ToUpperInvariant()));
        Assert.Equal(itself, await LeadsToAsync($" info@{contoso.Domain} "));
        Assert.Equal($"{contoso.Pages}/mailboxes?search=mail%20%26%20box", await LeadsToAsync("mail & box"));
        Assert.Equal($"{contoso.Pages}/mailboxes", await LeadsToAsync(" "));

        async Task<string?> LeadsToAsync(string typed)
        {
            using var answer = await browser.GetAsync($"{contoso.Pages}/mailboxes?open=true&search={Uri.EscapeDataString(typed)}");
            return answer.Headers.Location?.OriginalString;
        }
    }

    [Fact]
    public async Task While_somebody_types_the_list_alone_is_answered_with_the_new_count_beside_it()
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso, "anna");
        await portal.NewMailboxAsync(contoso, "bruno");
        var browser = await SignInAsync(contoso);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{contoso.Pages}/mailboxes?search=ann");
        foreach (var (name, value) in new[] { ("Accept", "text/html"), ("HX-Request", "true"), ("HX-Target", "div#mailboxes") }) request.Headers.Add(name, value);
        using var answer = await browser.Client.SendAsync(request, Cancel);
        var part = await Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel));

        Assert.Equal(["anna"], part.Says("#mailboxes .name"));
        Assert.Equal("1 found", part.QuerySelector("[hx-swap-oob='innerHTML:#found']").Says());
        Assert.Null(part.QuerySelector("header, h1, input[name=search]"));
    }

    [Fact]
    public async Task What_is_selected_goes_on_with_the_filter_that_found_it()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, "anna");
        var page = await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes?search=ann&pop3=on");

        var form = page.QuerySelector("form#selection")!;
        Assert.Equal($"{contoso.Pages}/access/changes/new", form.GetAttribute("action"));
        Assert.Equal("search=ann&pop3=on", form.QuerySelector("[name=filter]")!.GetAttribute("value"));
        Assert.Equal("selection", page.QuerySelector($"[name=ids][value='{mailbox.Id}']")!.GetAttribute("form"));
        Assert.Equal(["POP3 off…", "POP3 on…", "POP3 back to inherited…"], form.Says("button[name=pop3]"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_preview_of_a_change_takes_what_the_bar_sends(bool allThatMatch)
    {
        var contoso = await portal.NewTenantAsync();
        var anna = await portal.NewMailboxAsync(contoso, "anna");
        await portal.NewMailboxAsync(contoso, "annabel");
        var browser = await SignInAsync(contoso);
        var form = (await browser.OpenAsync($"{contoso.Pages}/mailboxes?search=ann&pop3=on")).QuerySelector("form#selection")!;

        var filter = Uri.EscapeDataString(form.QuerySelector("[name=filter]")!.GetAttribute("value")!);
        var preview = await browser.OpenAsync($"{form.GetAttribute("action")}?ids={anna.Id}&filter={filter}&pop3=disabled{(allThatMatch ? "&all=true" : "")}");
        Assert.Equal(allThatMatch ? "2" : "1", preview.QuerySelector(".facts strong").Says());
    }

    [Fact]
    public async Task An_auditor_sees_and_changes_nothing()
    {
        var contoso = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(contoso);
        var page = await (await SignInAsync(contoso, PortalRole.Auditor)).OpenAsync($"{contoso.Pages}/mailboxes");

        Assert.Single(page.QuerySelectorAll("[data-row]"));
        Assert.Empty(page.QuerySelectorAll("[role=switch], [name=ids], form#selection"));
        Assert.Null(page.LinkOf("Import mailboxes"));
    }

    [Theory]
    [InlineData(PortalRole.TenantAdmin, true)]
    [InlineData(PortalRole.Helpdesk, false)]
    public async Task Where_there_is_no_mailbox_yet_whoever_may_import_is_offered_to(PortalRole role, bool offered)
    {
        var contoso = await portal.NewTenantAsync();
        var page = await (await SignInAsync(contoso, role)).OpenAsync($"{contoso.Pages}/mailboxes");

        Assert.Equal("No mailbox here yet", page.QuerySelector(".empty h2").Says());
        Assert.Equal(offered ? $"{contoso.Pages}/import" : null, page.LinkOf("Import mailboxes"));
    }

    [Fact]
    public async Task Somebody_elses_mailboxes_are_in_no_list()
    {
        var contoso = await portal.NewTenantAsync();
        var fabrikam = await portal.NewTenantAsync();
        await portal.NewMailboxAsync(fabrikam, "anna");
        var page = await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes?search=anna");
        Assert.Empty(page.QuerySelectorAll("[data-row]"));
    }

    private async Task<Browser> SignInAsync(TestTenant tenant, PortalRole role = PortalRole.TenantAdmin) =>
        await portal.SignInAsync(await portal.NewPersonAsync(tenant, role));

    private Task AddAliasAsync(TestTenant tenant, TestMailbox mailbox, string localPart) => portal.LookAsync(tenant, db =>
    {
        db.Add(new MailboxAlias { TenantId = tenant.Id, MailboxId = mailbox.Id, Address = $"{localPart}@{tenant.Domain}" });
        return db.SaveChangesAsync(Cancel);
    });

    private Task AddManyAsync(TestTenant tenant, int count) => portal.LookAsync(tenant, db =>
    {
        // Names run against the addresses, and two mailboxes share each name's beginning.
        db.AddRange(Enumerable.Range(0, count).Select(n => new Mailbox
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), Address = $"mailbox{n:000}@{tenant.Domain}", DisplayName = $"Name {count - n:000}",
            DomainId = tenant.DomainId, PodId = tenant.PodId,
        }));
        return db.SaveChangesAsync(Cancel);
    });

    private Task SignedInAsync(TestTenant tenant, TestMailbox mailbox, MailProtocol protocol, MailSignInResult result, int hoursAgo) => portal.LookAsync(tenant, db =>
    {
        var at = TimeProvider.System.GetUtcNow().AddHours(-hoursAgo);
        db.Add(new SignInAttempt
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), MailboxId = mailbox.Id, Protocol = protocol, Result = result, RemoteAddress = "192.0.2.1",
            Mechanism = "PLAIN", FirstAt = at, LastAt = at, Count = 1,
        });
        return db.SaveChangesAsync(Cancel);
    });

    private Task CheckedAsync(TestTenant tenant, TestMailbox mailbox, MailProtocol protocol, string verdict, int hoursAgo) => portal.LookAsync(tenant, db =>
    {
        var at = TimeProvider.System.GetUtcNow().AddHours(-hoursAgo);
        db.Add(new ConnectivityCheck
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(at), MailboxId = mailbox.Id, Protocol = protocol, Verdict = verdict, Endpoint = "localhost:1 implicitTls",
            Credential = "service", Steps = System.Text.Json.JsonSerializer.SerializeToDocument(Array.Empty<string>()), RequestedBy = "somebody", At = at,
        });
        return db.SaveChangesAsync(Cancel);
    });
}

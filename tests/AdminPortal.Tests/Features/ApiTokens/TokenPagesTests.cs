using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using AngleSharp.Dom;
using Xunit;

namespace AdminPortal.Tests.Features.ApiTokens;

public sealed class TokenPagesTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_made_shown_once_used_replaced_and_revoked_by_plain_forms()
    {
        var tenant = await portal.NewTenantAsync();
        var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var all = $"{tenant.Pages}/settings/tokens";

        using var made = await browser.PostAsync($"{all}/new", new() { ["Name"] = "Nightly sync", ["Chosen"] = "settings:read", ["Limits.Networks"] = "", ["Limits.LastDay"] = "" });
        var first = TokenOn(await Pages.ParseAsync(await made.Content.ReadAsStringAsync(Cancel)));
        await portal.Api(first).GetAsync(tenant.Api, Cancel).JsonAsync();

        var list = await browser.OpenAsync(all);
        Assert.Contains("Nightly sync", list.Says("tr[data-row] .name"));
        Assert.DoesNotContain(first[13..], list.DocumentElement.OuterHtml);
        var page = list.LinkOf("Nightly sync")!;
        Assert.DoesNotContain(first[13..], (await browser.OpenAsync(page)).DocumentElement.OuterHtml);

        using var replaced = await browser.PostAsync($"{page}?handler=Rotate", new() { ["overlap"] = "0" }, page);
        var second = TokenOn(await Pages.ParseAsync(await replaced.Content.ReadAsStringAsync(Cancel)));
        await portal.Api(first).GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
        await portal.Api(second).GetAsync(tenant.Api, Cancel).JsonAsync();

        using var limited = await browser.PostAsync($"{page}?handler=Limits", new() { ["Name"] = "Nightly", ["Limits.Networks"] = "192.0.2.0/24\n2001:db8::1", ["Limits.LastDay"] = "" }, page);
        Assert.Contains("within the next year", await limited.Content.ReadAsStringAsync(Cancel));

        using var revoked = await browser.PostAsync($"{all}?handler=Revoke", new() { ["token"] = page.Split('/')[^1] }, all);
        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
        await portal.Api(second).GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
        Assert.Contains("Revoked", (await browser.OpenAsync(all)).Body!.TextContent);
    }

    [Fact]
    public async Task The_form_offers_no_more_than_the_role_can_do_and_refuses_what_was_slipped_in()
    {
        var tenant = await portal.NewTenantAsync();
        var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Helpdesk));
        var page = await browser.OpenAsync($"{tenant.Pages}/settings/tokens/new");
        Assert.DoesNotContain("tenant:admin", page.QuerySelectorAll("input[name=Chosen]").Select(box => box.GetAttribute("value")));

        using var slipped = await browser.PostAsync($"{tenant.Pages}/settings/tokens/new", new() { ["Name"] = "More", ["Chosen"] = "tenant:admin" });
        var answer = await Pages.ParseAsync(await slipped.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("role", answer.QuerySelector("[role=alert]").Says());
        Assert.Null(answer.QuerySelector(".hand-over"));
    }

    [Fact]
    public async Task Somebody_elses_token_is_not_found_by_a_helpdesk_and_may_be_revoked_but_not_changed_by_an_administrator()
    {
        var tenant = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        await portal.NewTokenAsync(owner, tenant);
        var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = (await admin.OpenAsync($"{tenant.Pages}/settings/tokens")).QuerySelector("tr[data-row] a.name")!.GetAttribute("href")!;
        Assert.Null((await admin.OpenAsync(page)).QuerySelector("form[action='?handler=Rotate']"));
        using var taken = await admin.PostAsync($"{page}?handler=Rotate", new() { ["overlap"] = "0" }, page);
        Assert.Equal(HttpStatusCode.Forbidden, taken.StatusCode);

        var helpdesk = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Helpdesk));
        using var hidden = await helpdesk.GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    private static string TokenOn(IDocument page) => page.QuerySelector(".hand-over .value")!.TextContent;
}

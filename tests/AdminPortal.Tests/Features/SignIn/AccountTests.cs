using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>The pages of one's own account: nobody else's is ever seen or touched there.</summary>
public sealed class AccountTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PortalRole.TenantAdmin)]
    [InlineData(PortalRole.MailboxOwner)]
    public async Task Everybody_finds_the_account_behind_the_own_name(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, role));
        var home = await browser.OpenAsync(role == PortalRole.MailboxOwner ? "/my" : tenant.Pages);
        Assert.Equal("/account", home.LinkOf("Your account"));

        var account = await browser.OpenAsync("/account");
        foreach (var (words, page) in new[] { ("Password", "password"), ("Two-factor", "two-factor"), ("Passkeys", "passkeys"), ("Sessions", "sessions"), ("Sign-ins", "sign-ins") })
        {
            Assert.Equal($"/account/{page}", account.LinkOf(words));
            await browser.ReadAsync($"/account/{page}");
        }
    }

    [Fact]
    public async Task Name_and_language_follow_the_person()
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        using var saved = await browser.PostAsync("/account", new() { ["DisplayName"] = "Adèle <b>Martin</b>", ["Language"] = "fr" });
        Assert.Equal("/account", saved.Headers.Location?.ToString());

        using var elsewhere = await portal.SignInAsync(person);
        var page = await elsewhere.OpenAsync("/account");
        Assert.Equal("fr", page.DocumentElement.GetAttribute("lang"));
        Assert.Contains(page.Says("#me-menu strong"), name => name == "Adèle <b>Martin</b>");
    }

    [Fact]
    public async Task A_person_ends_one_session_and_then_all_others()
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        using var second = await portal.SignInAsync(person);
        using var third = await portal.SignInAsync(person);
        var page = await browser.OpenAsync("/account/sessions");
        Assert.Equal(3, page.QuerySelectorAll(".own-row").Length);
        Assert.Single(page.Says(".own-row"), row => row.Contains("this browser", StringComparison.Ordinal));

        var newest = page.QuerySelector("input[name=id]")!.GetAttribute("value")!;
        using var ended = await browser.PostAsync("/account/sessions?handler=End", new() { ["id"] = newest }, "/account/sessions");
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
        Assert.Equal(1, (await second.IsInAsync() ? 1 : 0) + (await third.IsInAsync() ? 1 : 0));

        using var others = await browser.PostAsync("/account/sessions?handler=EndOthers", [], "/account/sessions");
        Assert.False(await second.IsInAsync());
        Assert.False(await third.IsInAsync());
        Assert.True(await browser.IsInAsync());
    }

    [Fact]
    public async Task Somebody_elses_session_is_not_there_even_for_who_knows_its_id()
    {
        var (one, other) = (await PersonAsync(), await PersonAsync());
        using var victim = await portal.SignInAsync(other);
        using var victimsOther = await portal.SignInAsync(other);
        var id = (await victim.OpenAsync("/account/sessions")).QuerySelector("input[name=id]")!.GetAttribute("value")!;

        using var browser = await portal.SignInAsync(one);
        using var tried = await browser.PostAsync("/account/sessions?handler=End", new() { ["id"] = id }, "/account/sessions");
        using var nowhere = await browser.PostAsync("/account/sessions?handler=End", new() { ["id"] = Guid.CreateVersion7().ToString() }, "/account/sessions");
        Assert.Equal(HttpStatusCode.NotFound, tried.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.True(await victimsOther.IsInAsync());
    }

    [Fact]
    public async Task Recent_sign_ins_show_the_refused_ones_and_nobody_elses()
    {
        var (person, other) = (await PersonAsync(), await PersonAsync());
        foreach (var wrong in new[] { "first wrong password", "second wrong password" })
        {
            using var refused = await portal.NewBrowser().PasswordAsync(person, wrong);
        }
        using var browser = await portal.SignInAsync(person);
        using var others = await portal.SignInAsync(other);

        var rows = (await browser.OpenAsync("/account/sign-ins")).Says(".own-row");
        Assert.Equal(2, rows.Count);
        Assert.Contains(rows, row => row.StartsWith("Signed in", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.StartsWith("Wrong password", StringComparison.Ordinal) && row.EndsWith("2 times", StringComparison.Ordinal));
        Assert.Single((await others.OpenAsync("/account/sign-ins")).Says(".own-row"));
    }

    [Theory]
    [InlineData("/sign-out")]
    [InlineData("/sign-in")]
    [InlineData("/sign-in?handler=PasskeyOptions")]
    [InlineData("/sign-in?handler=Passkey")]
    [InlineData("/sign-in/code")]
    [InlineData("/step-up")]
    [InlineData("/step-up?handler=Code")]
    [InlineData("/step-up?handler=Passkey")]
    [InlineData("/step-up?handler=PasskeyOptions")]
    [InlineData("/account")]
    [InlineData("/account/password")]
    [InlineData("/account/two-factor?handler=Begin")]
    [InlineData("/account/two-factor?handler=Confirm")]
    [InlineData("/account/two-factor?handler=Codes")]
    [InlineData("/account/two-factor?handler=Remove")]
    [InlineData("/account/passkeys?handler=Options")]
    [InlineData("/account/passkeys?handler=Add")]
    [InlineData("/account/passkeys?handler=Rename")]
    [InlineData("/account/passkeys?handler=Remove")]
    [InlineData("/account/sessions?handler=End")]
    [InlineData("/account/sessions?handler=EndOthers")]
    public async Task No_form_is_taken_that_another_site_could_have_sent(string form)
    {
        using var browser = await portal.SignInAsync(await PersonAsync());
        using var forged = await browser.Client.PostAsync(form, new FormUrlEncodedContent([new("Name", "x"), new("Password", "x")]), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.True(await browser.IsInAsync());
    }

    [Fact]
    public async Task The_account_is_for_people_who_are_here_and_not_for_programs()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var program = portal.Api(await portal.NewTokenAsync(person, tenant));
        foreach (var page in new[] { "", "/password", "/two-factor", "/passkeys", "/sessions", "/sign-ins" })
        {
            using var stranger = await portal.NewBrowser().GetAsync($"/account{page}");
            Assert.StartsWith("/sign-in?returnUrl=", stranger.Headers.Location?.ToString(), StringComparison.Ordinal);
            using var token = await program.GetAsync($"/account{page}", Cancel);
            Assert.Equal(HttpStatusCode.Forbidden, token.StatusCode);
        }
    }

    private async Task<TestPerson> PersonAsync() => await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);
}

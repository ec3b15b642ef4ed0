using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.SignIn.Passwords;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>What a password must be, and changing one's own.</summary>
public sealed class PasswordTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private const string Page = "/account/password";
    private const string Good = "violets on the gravel roof";

    private static readonly string[] Names = ["adele.martin@contoso.example", "Adele Martin", "contoso", "Contoso Ltd"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("passwordpassword")]
    [InlineData("P@ssw0rd-P@ssw0rd")]
    [InlineData("P@ssw0rd1234567890P@ssw0rd")]
    [InlineData("Password2026Password!")]
    [InlineData("correct horse battery staple")]
    [InlineData("qwertyuiopasdfghjkl")]
    [InlineData("1q2w3e4r5t6y7u8i9o0p")]
    [InlineData("azertyuiopqsdfghjklm")]
    [InlineData("aaaaaaaaaaaaaaaaaaaa")]
    [InlineData("abcabcabcabcabcabc")]
    [InlineData("123456789012345678")]
    [InlineData("Welcome-Contoso-2026")]
    [InlineData("adele.martin.contoso")]
    [InlineData("MartinAdele19751975")]
    [InlineData("adele.martin@contoso.example")]
    [InlineData("motdepasse-bienvenue")]
    [InlineData("Administrator!2345678")]
    [InlineData("iloveyou iloveyou")]
    public void What_anybody_would_try_first_is_guessable(string password) => Assert.True(GuessablePassword.Is(password, Names));

    [Theory]
    [InlineData(Good)]
    [InlineData("k7w2m-9xq4t-h3vzp-r8nd5")]
    [InlineData("la girafe mange vingt tulipes")]
    [InlineData("Ein Dutzend Regenschirme")]
    [InlineData("пять чёрных зонтов")]
    [InlineData("password of the green giraffe club")]
    public void Words_that_have_nothing_to_do_with_each_other_are_not(string password) => Assert.False(GuessablePassword.Is(password, Names));

    [Theory]
    [InlineData("short", "Use at least 15 characters.")]
    [InlineData("fourteen chars", "Use at least 15 characters.")]
    [InlineData("Password2026Password!", "too easy to guess")]
    public async Task A_bad_password_is_refused_in_words(string wanted, string told)
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        Assert.Contains(told, await ChangeAsync(browser, person.Password, wanted), StringComparison.Ordinal);
        using var again = await portal.SignInAsync(person);
    }

    [Fact]
    public async Task A_password_may_be_long_and_of_any_letters_and_is_the_same_from_every_keyboard()
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        var composed = "öl für 日本 und café " + new string('x', 200);
        Assert.Equal("", await ChangeAsync(browser, person.Password, composed));
        using var decomposed = await portal.SignInAsync(person with { Password = composed.Normalize(NormalizationForm.FormD) });
    }

    [Fact]
    public async Task The_names_of_the_person_and_of_the_organisation_make_no_password()
    {
        var tenant = await portal.NewTenantAsync("zebrafinch-traders");
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(person);
        Assert.Contains("too easy to guess", await ChangeAsync(browser, person.Password, "Zebrafinch Traders 77"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_password_ends_every_other_session_and_no_copy_of_this_ones_cookie_lives_on()
    {
        var person = await PersonAsync();
        using var other = await portal.SignInAsync(person);
        using var browser = portal.NewBrowser();
        using var signedIn = await browser.PasswordAsync(person);
        var copied = signedIn.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-adminportal=", StringComparison.Ordinal)).Split(';')[0];

        Assert.Equal("", await ChangeAsync(browser, person.Password, Good));
        Assert.True(await browser.IsInAsync());
        Assert.False(await other.IsInAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/account") { Headers = { { "Cookie", copied }, { "Accept", "text/html" } } };
        using var thief = await portal.Anonymous().SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, thief.StatusCode);

        using var old = await portal.NewBrowser().PasswordAsync(person);
        Assert.Equal(HttpStatusCode.OK, old.StatusCode);
        using var now = await portal.SignInAsync(person with { Password = Good });
    }

    [Fact]
    public async Task Without_the_present_password_nothing_changes()
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        foreach (var present in new[] { "not the password", "" })
            Assert.Contains("That is not your password.", await ChangeAsync(browser, present, Good), StringComparison.Ordinal);
        using var again = await portal.SignInAsync(person);
    }

    [Fact]
    public async Task What_was_typed_twice_must_be_the_same()
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        using var answer = await browser.PostAsync(Page, new() { ["Present"] = person.Password, ["Wanted"] = Good, ["Again"] = Good + "!" });
        Assert.Contains("This is not what you typed above.", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var again = await portal.SignInAsync(person);
    }

    [Fact]
    public async Task A_mailbox_owners_password_is_that_of_the_mailbox_too_and_the_trail_says_so()
    {
        var tenant = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        using var browser = await portal.SignInAsync(owner);
        Assert.Contains("It is the password of your mailbox", await browser.ReadAsync(Page), StringComparison.Ordinal);
        Assert.Equal("", await ChangeAsync(browser, owner.Password, Good));

        var actions = (await portal.AuditAsync(tenant)).Where(e => e.ActorName == owner.UserName).Select(e => e.Action).ToList();
        Assert.Contains(AuditActions.MailboxPasswordSet, actions);
        Assert.Contains(AuditActions.PasswordChanged, actions);
    }

    private async Task<TestPerson> PersonAsync() => await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);

    /// <returns>What the form says is wrong; nothing where the password was changed.</returns>
    private static async Task<string> ChangeAsync(Browser browser, string present, string wanted)
    {
        using var answer = await browser.PostAsync(Page, new() { ["Present"] = present, ["Wanted"] = wanted, ["Again"] = wanted });
        if (answer.StatusCode == HttpStatusCode.Redirect) return "";
        var page = await Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel));
        return string.Join(' ', page.Says(".field-error"));
    }
}

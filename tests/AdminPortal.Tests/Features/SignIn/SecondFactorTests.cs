using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>An authenticator app and recovery codes, through the front door and against those who push at it.</summary>
public sealed class SecondFactorTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public SecondFactorTests(PortalFactory portal) => (this.portal, time) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // RFC 6238, appendix B, the last six of its eight digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_the_RFC(long unixTime, string code) =>
        Assert.Equal(code, Totp.CodeAt(Encoding.ASCII.GetBytes("12345678901234567890"), DateTimeOffset.FromUnixTimeSeconds(unixTime)));

    [Fact]
    public async Task With_an_app_set_up_the_password_alone_opens_nothing()
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        using var browser = portal.NewBrowser();
        using var password = await browser.PasswordAsync(person);
        Assert.Equal("/sign-in/code", password.Headers.Location?.ToString());
        Assert.False(await browser.IsInAsync());

        using var code = await browser.CodeAsync(phone.NextCode());
        Assert.Equal("/", code.Headers.Location?.ToString());
        Assert.True(await browser.IsInAsync());
    }

    [Fact]
    public async Task The_picture_is_drawn_here_and_holds_the_secret_that_is_shown()
    {
        using var browser = await portal.SignInAsync(await PersonAsync());
        using var answer = await browser.PostAsync($"{OwnAccount.TwoFactor}?handler=Begin", [], OwnAccount.TwoFactor);
        var page = await Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.StartsWith("data:image/svg+xml;base64,", page.QuerySelector("img.qr")!.GetAttribute("src"), StringComparison.Ordinal);
        Assert.Equal(32, page.QuerySelector("section ol .value").Says().Length);
        Assert.False(answer.Content.Headers.Contains("Content-Encoding"));
    }

    [Fact]
    public async Task A_code_is_good_once_even_for_whoever_reads_it_over_a_shoulder()
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        var code = phone.NextCode();
        using var owner = await portal.SignInAsync(person, code);

        using var thief = portal.NewBrowser();
        using var password = await thief.PasswordAsync(person);
        using var replay = await thief.CodeAsync(code);
        Assert.Equal(HttpStatusCode.OK, replay.StatusCode);
        Assert.False(await thief.IsInAsync());
    }

    [Fact]
    public async Task The_code_that_set_the_app_up_signs_nobody_in()
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        using var thief = portal.NewBrowser();
        using var password = await thief.PasswordAsync(person);
        using var replay = await thief.CodeAsync(phone.Code);
        Assert.False(await thief.IsInAsync());
    }

    [Fact]
    public async Task Of_many_who_send_the_same_code_at_once_one_gets_in()
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        var browsers = Enumerable.Range(0, 4).Select(_ => portal.NewBrowser()).ToList();
        foreach (var browser in browsers)
        {
            using var password = await browser.PasswordAsync(person);
        }
        var code = phone.NextCode();
        await Task.WhenAll(browsers.Select(async browser => (await browser.CodeAsync(code)).Dispose()));

        var inside = 0;
        foreach (var browser in browsers) inside += await browser.IsInAsync() ? 1 : 0;
        Assert.Equal(1, inside);
    }

    [Theory]
    [InlineData(-30, true)]
    [InlineData(30, true)]
    [InlineData(-90, false)]
    [InlineData(90, false)]
    public async Task A_phone_whose_clock_is_half_a_minute_off_will_do(int secondsAgo, bool accepted)
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        using var browser = portal.NewBrowser();
        using var password = await browser.PasswordAsync(person);
        using var code = await browser.CodeAsync(phone.CodeOf(TimeSpan.FromSeconds(secondsAgo)));
        Assert.Equal(accepted, await browser.IsInAsync());
    }

    [Fact]
    public async Task A_recovery_code_opens_once_however_it_is_written()
    {
        var (person, _, codes) = await PersonWithPhoneAsync();
        using (var browser = await portal.SignInAsync(person, codes[0].ToUpperInvariant().Replace("-", " ", StringComparison.Ordinal)))
        {
            var page = await browser.OpenAsync(OwnAccount.TwoFactor);
            Assert.Contains(page.Says("p"), words => words == "9 recovery codes are left.");
        }
        using var thief = portal.NewBrowser();
        using var password = await thief.PasswordAsync(person);
        using var replay = await thief.CodeAsync(codes[0]);
        Assert.False(await thief.IsInAsync());
        using var next = await thief.CodeAsync(codes[1]);
        Assert.True(await thief.IsInAsync());
    }

    [Fact]
    public async Task New_recovery_codes_make_the_old_ones_worthless()
    {
        var (person, phone, codes) = await PersonWithPhoneAsync();
        using (var browser = await portal.SignInAsync(person, phone.NextCode()))
        {
            using var made = await browser.PostAsync($"{OwnAccount.TwoFactor}?handler=Codes", [], OwnAccount.TwoFactor);
            Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        }
        using var thief = portal.NewBrowser();
        using var password = await thief.PasswordAsync(person);
        using var old = await thief.CodeAsync(codes[3]);
        Assert.False(await thief.IsInAsync());
    }

    [Fact]
    public async Task Somebody_elses_code_is_no_code()
    {
        var ((mine, _, _), (_, theirs, codes)) = (await PersonWithPhoneAsync(), await PersonWithPhoneAsync());
        using var browser = portal.NewBrowser();
        using var password = await browser.PasswordAsync(mine);
        foreach (var code in new[] { theirs.NextCode(), codes[0] })
        {
            using var answer = await browser.CodeAsync(code);
            Assert.False(await browser.IsInAsync());
        }
    }

    [Fact]
    public async Task Without_the_right_password_nobody_is_told_of_a_second_factor()
    {
        var (with, _, _) = await PersonWithPhoneAsync();
        var without = await PersonAsync();
        async Task<(string, int)> WrongAsync(TestPerson person)
        {
            using var browser = portal.NewBrowser();
            using var answer = await browser.PasswordAsync(person, "not the password");
            var page = await Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel));
            return (page.QuerySelector("main form")!.Says(), answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Count() : 0);
        }

        Assert.Equal(await WrongAsync(without), await WrongAsync(with));
        using var stranger = portal.NewBrowser();
        using var code = await stranger.GetAsync("/sign-in/code");
        Assert.Equal("/sign-in", code.Headers.Location?.ToString());
    }

    [Fact]
    public async Task The_step_between_password_and_code_is_over_after_five_minutes()
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        using var browser = portal.NewBrowser();
        using var password = await browser.PasswordAsync(person);
        var page = await browser.TokenAsync("/sign-in/code");
        time.Advance(TimeSpan.FromMinutes(6));
        using var late = await browser.PostAsync("/sign-in/code", new() { ["Code"] = phone.Code }, page: "/sign-in");
        Assert.Equal("/sign-in", late.Headers.Location?.ToString());
        Assert.False(await browser.IsInAsync());
    }

    [Fact]
    public async Task Guessing_codes_with_the_right_password_is_held_off()
    {
        var (person, _, _) = await PersonWithPhoneAsync();
        using var browser = portal.NewBrowser();
        using var password = await browser.PasswordAsync(person);
        var answered = 0;
        for (var guess = 0; guess < 20; guess++)
        {
            using var answer = await browser.CodeAsync($"{guess:D6}");
            answered += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
        }
        Assert.InRange(answered, 1, 10);
        Assert.False(await browser.IsInAsync());
    }

    [Fact]
    public async Task Setting_an_app_up_ends_every_other_session_and_changes_this_ones_cookie()
    {
        var person = await PersonAsync();
        using var other = await portal.SignInAsync(person);
        using var browser = await portal.SignInAsync(person);
        await browser.SetUpPhoneAsync(time);
        Assert.False(await other.IsInAsync());
        Assert.True(await browser.IsInAsync());
    }

    [Fact]
    public async Task A_session_that_was_left_open_changes_no_factor()
    {
        using var browser = await portal.SignInAsync(await PersonAsync());
        time.Advance(TimeSpan.FromMinutes(11));
        foreach (var page in new[] { OwnAccount.TwoFactor, "/account/passkeys", "/account/password" })
        {
            using var shown = await browser.GetAsync(page);
            Assert.Equal($"/step-up?returnUrl={Uri.EscapeDataString(page)}", shown.Headers.Location?.ToString());
            using var posted = await browser.PostAsync($"{page}?handler=Begin", [], page: "/account");
            Assert.StartsWith("/step-up", posted.Headers.Location?.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_code_is_a_proof_for_a_dangerous_change_too_and_no_code_is_used_for_both()
    {
        var (person, phone, _) = await PersonWithPhoneAsync();
        using var browser = await portal.SignInAsync(person, phone.NextCode());
        time.Advance(TimeSpan.FromMinutes(11));
        var code = phone.Code;
        using var proved = await browser.PostAsync("/step-up?handler=Code", new() { ["Code"] = code, ["returnUrl"] = OwnAccount.TwoFactor }, page: "/step-up");
        Assert.Equal(OwnAccount.TwoFactor, proved.Headers.Location?.ToString());

        time.Advance(TimeSpan.FromMinutes(11));
        using var replay = await browser.PostAsync("/step-up?handler=Code", new() { ["Code"] = code, ["returnUrl"] = OwnAccount.TwoFactor }, page: "/step-up");
        Assert.Equal(HttpStatusCode.OK, replay.StatusCode);
    }

    [Fact]
    public async Task After_the_app_was_removed_the_password_opens_again()
    {
        var (person, phone, codes) = await PersonWithPhoneAsync();
        using (var browser = await portal.SignInAsync(person, phone.NextCode()))
        {
            using var removed = await browser.PostAsync($"{OwnAccount.TwoFactor}?handler=Remove", [], OwnAccount.TwoFactor);
            Assert.Equal(OwnAccount.TwoFactor, removed.Headers.Location?.ToString());
        }
        using var again = await portal.SignInAsync(person);
        Assert.True(await again.IsInAsync());
        Assert.Empty(await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().RecoveryCodes.Where(c => c.UserId == person.Id).ToListAsync(Cancel)));
        Assert.NotEmpty(codes);
    }

    [Fact]
    public async Task The_database_holds_neither_the_secret_nor_a_recovery_code()
    {
        var (person, phone, codes) = await PersonWithPhoneAsync();
        await using var source = Npgsql.NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(
            "SELECT a.protected_secret, (SELECT string_agg(encode(c.hash, 'escape'), ' ') FROM portal_recovery_code c WHERE c.user_id = a.user_id) FROM portal_authenticator a WHERE a.user_id = $1");
        command.Parameters.Add(new() { Value = person.Id });
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        Assert.True(await reader.ReadAsync(Cancel));
        Assert.Equal(-1, reader.GetFieldValue<byte[]>(0).AsSpan().IndexOf(phone.Secret));
        foreach (var code in codes) Assert.DoesNotContain(code.Replace("-", "", StringComparison.Ordinal), reader.GetString(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_changed_is_on_the_trail_of_the_persons_tenant_without_any_secret()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(person);
        await browser.SetUpPhoneAsync(time);
        using var removed = await browser.PostAsync($"{OwnAccount.TwoFactor}?handler=Remove", [], OwnAccount.TwoFactor);

        var entries = (await portal.AuditAsync(tenant)).Where(e => e.Target == person.UserName).ToList();
        Assert.Equal([AuditActions.SignedIn, AuditActions.AuthenticatorAdded, AuditActions.AuthenticatorRemoved], entries.Select(e => e.Action));
        Assert.All(entries, e => Assert.Null(e.After));
    }

    private async Task<TestPerson> PersonAsync() => await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);

    private async Task<(TestPerson Person, Phone Phone, IReadOnlyList<string> Codes)> PersonWithPhoneAsync()
    {
        var person = await PersonAsync();
        using var browser = await portal.SignInAsync(person);
        var (phone, codes) = await browser.SetUpPhoneAsync(time);
        return (person, phone, codes);
    }
}

using System.Text.RegularExpressions;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Tests.Authorisation;
using Microsoft.Playwright;
using Xunit;

namespace AdminPortal.EndToEnd.Pages;

/// <summary>
/// Every page in a real browser, as everybody who may see it, on a desk and on a phone, in both languages and both themes: the browser has
/// nothing to complain of, keeps nothing but the portal's own cookies, and no form can be forged. The pages are those of matrix.txt, which
/// another test holds equal to the portal's routes, so that a new page is looked at or fails here. All that people and servers may write is
/// hostile in this portal: nothing of it may act, and what acts in a text is shown as its code.
/// </summary>
public sealed partial class EveryPageTests(CrawledPortal stage) : IClassFixture<CrawledPortal>
{
    public static TheoryData<Caller, string, ColorScheme> Visitors()
    {
        var visitors = new TheoryData<Caller, string, ColorScheme>();
        foreach (var caller in Enum.GetValues<Caller>().Where(caller => caller != Caller.ForeignAdmin))
        {
            visitors.Add(caller, "en", ColorScheme.Light);
            visitors.Add(caller, "fr", ColorScheme.Dark);
        }
        return visitors;
    }

    [Theory]
    [MemberData(nameof(Visitors))]
    public async Task No_browser_complains_of_a_page(Caller caller, string language, ColorScheme colours)
    {
        var visitor = await NewVisitorAsync(language, colours);
        await SignInAsync(visitor, caller);
        foreach (var row in Pages().Where(row => row.Allows(caller)).OrderBy(row => row.Template == "/sign-out"))
            await (language == "en" ? visitor.VisitWithLinksAsync(AddressOf(row)) : visitor.VisitAsync(AddressOf(row)));
        AssertNoComplaints(visitor);
        if (caller == Caller.TenantAdmin && language == "en") AssertHostileTextsWereRead(visitor);
        Assert.Equal(language, await visitor.Page.Locator("html").GetAttributeAsync("lang"));
    }

    [Fact]
    public async Task A_file_whose_name_and_cells_are_hostile_is_only_read()
    {
        var visitor = await NewVisitorAsync("en", ColorScheme.Light);
        await SignInAsync(visitor, Caller.TenantAdmin);
        await visitor.Page.GotoAsync("/t/contoso/import");
        await visitor.Page.SetInputFilesAsync("input[type=file]", new FilePayload
        {
            Name = $"file{Hostile.Markup}\u202Evsc.csv",
            MimeType = "text/csv",
            Buffer = System.Text.Encoding.UTF8.GetBytes(
                $"""
                address,displayName,plan,pop3,other{Hostile.Text("column").Replace('"', ' ').Replace("\u2028", "")}
                new.hostile@contoso.example,"{Hostile.Text("cell").Replace("\"", "\"\"")}",,disabled,
                "{Hostile.Text("address").Replace("\"", "\"\"")}",,,enabled,
                other.hostile@contoso.example,,"{Hostile.Text("nowhere").Replace("\"", "\"\"")}",enabled,

                """),
        });
        await visitor.Page.Locator("main form .btn-primary").ClickAsync();
        await visitor.LookAsync();
        await visitor.Page.CheckAsync("#skip");
        await visitor.Page.FillAsync("#reason", Hostile.Text("why").Replace("\u2028", ""));
        await visitor.Page.Locator("main form .btn-primary").ClickAsync();
        await visitor.LookAsync();
        await visitor.VisitAsync("/t/contoso/mailboxes?search=new.hostile");
        await visitor.VisitAsync("/t/contoso/mailboxes/new.hostile@contoso.example");
        await visitor.VisitAsync($"/t/contoso/audit?target={Uri.EscapeDataString(Hostile.Text("asked"))}&actor={Uri.EscapeDataString(Hostile.Text("asked"))}");
        await visitor.Page.GotoAsync($"/t/contoso/mailboxes?search={Uri.EscapeDataString(Hostile.Text("asked"))}");
        await visitor.LookAsync();

        AssertNoComplaints(visitor);
        foreach (var marker in new[] { "column", "cell", "address", "nowhere" }) Assert.True(visitor.Read(marker + Hostile.Markup[..10]), $"Nobody read {marker}.");
        Assert.Equal(Hostile.Text("asked"), await visitor.Page.InputValueAsync("input[name=search]"));
    }

    [Theory]
    [InlineData("en", ColorScheme.Light)]
    [InlineData("fr", ColorScheme.Dark)]
    public async Task No_browser_complains_of_a_page_that_nobody_need_sign_in_for(string language, ColorScheme colours)
    {
        var visitor = await NewVisitorAsync(language, colours);
        foreach (var row in Pages().Where(row => row.Nobody == 200)) await visitor.VisitWithLinksAsync(AddressOf(row));
        foreach (var door in new[] { "invitation", "reset-password" }) await visitor.VisitAsync(await stage.LinkAsync(door));
        await visitor.VisitAsync("/swagger/index.html");
        AssertNoComplaints(visitor);
    }

    /// <summary>Where somebody is only in the middle of signing in, or asked again.</summary>
    [Theory]
    [InlineData(Caller.Auditor, "en", ColorScheme.Light)]
    [InlineData(Caller.Helpdesk, "fr", ColorScheme.Dark)]
    public async Task No_browser_complains_of_the_second_steps(Caller caller, string language, ColorScheme colours)
    {
        var visitor = await NewVisitorAsync(language, colours);
        await SignInAsync(visitor, caller, tenant: "fabrikam");
        await visitor.VisitAsync("/account/two-factor");
        await visitor.Page.Locator("form[action$='handler=Begin'] button").ClickAsync();
        await visitor.LookAsync();
        var secret = FromBase32(await visitor.Page.Locator("section ol .value").First.InnerTextAsync());
        await visitor.Page.FillAsync("#Code", Totp.CodeAt(secret, TimeProvider.System.GetUtcNow()));
        await visitor.Page.Locator("form[action*='handler=Confirm'] button").ClickAsync();
        await visitor.LookAsync();

        await stage.ArrangeAsync("UPDATE portal_session SET proved_at = proved_at - interval '1 hour' WHERE ended_at IS NULL");
        await visitor.VisitAsync("/step-up?returnUrl=%2Faccount");
        Assert.Contains("/step-up", visitor.Page.Url, StringComparison.Ordinal);

        var again = await NewVisitorAsync(language, colours);
        await SignInAsync(again, caller, tenant: "fabrikam");
        Assert.EndsWith("/sign-in/code", again.Page.Url, StringComparison.Ordinal);
        await again.VisitAsync("/sign-in/code");
        AssertNoComplaints(visitor);
        AssertNoComplaints(again);
    }

    [Theory]
    [InlineData("/t/contoso/nowhere", 404)]
    [InlineData("/t/fabrikam", 404)]
    [InlineData("/platform/limits", 403)]
    public async Task No_browser_complains_of_a_refusal(string address, int status)
    {
        var visitor = await NewVisitorAsync("en", ColorScheme.Dark);
        await SignInAsync(visitor, Caller.Helpdesk);
        using (visitor.Watch.Expect(status))
        {
            Assert.Equal(status, (await visitor.Page.GotoAsync(address))!.Status);
            await visitor.LookAsync();
        }
        AssertNoComplaints(visitor);
    }

    /// <summary>The eyes of the tests above are open: each kind of fault is put into a page and found.</summary>
    [Theory]
    [InlineData("document.body.insertAdjacentHTML('beforeend', '<p class=text-nowrap>' + 'x'.repeat(500) + '</p>')", "wider than the window")]
    [InlineData("document.body.insertAdjacentHTML('beforeend', '<p class=text-white>pale</p>')", "pale")]
    [InlineData("document.body.insertAdjacentHTML('beforeend', '<button></button>')", "nobody can name")]
    [InlineData("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">refused</p>')", "refused by style-src")]
    [InlineData("await fetch('/reset-password')", "was answered 404")]
    [InlineData("localStorage.setItem('secret', '1')", "keeps secret")]
    [InlineData("document.querySelectorAll('[name=__RequestVerificationToken]').forEach(e => e.remove())", "carries no token")]
    [InlineData("setTimeout(() => { throw new Error('planted'); })", "a script failed")]
    public async Task What_is_wrong_with_a_page_is_found(string fault, string complaint)
    {
        var visitor = await NewVisitorAsync("en", ColorScheme.Light);
        await visitor.Page.GotoAsync("/sign-in");
        await visitor.Page.EvaluateAsync($"async () => {{ {fault} }}");
        await visitor.LookAsync();
        await visitor.ForgeAsync();
        Assert.Contains(visitor.Watch.Complaints, heard => heard.Contains(complaint, StringComparison.Ordinal));
    }

    /// <summary>Pages, and what leads to pages; parts of a page are asked for by their page.</summary>
    private static IEnumerable<MatrixRow> Pages() => MatrixRow.All.Where(row => row is { IsApi: false, IsSafe: true }
        && !row.Route.Contains("handler=", StringComparison.Ordinal) && !ForPrograms().IsMatch(row.Template));

    private string AddressOf(MatrixRow row) => Kinds().Replace(row.Route, found => found.Groups["kind"].Value switch
    {
        "secret?" => "",
        var kind when stage.Objects.TryGetValue(kind, out var value) => Uri.EscapeDataString(value),
        var kind => throw new NotSupportedException($"CrawledPortal has no {{{kind}}} to look at: make one there."),
    });

    private async Task<Visitor> NewVisitorAsync(string language, ColorScheme colours)
    {
        var page = await stage.Browser.PersonAsync(stage.Portal.Address, language, colours: colours);
        return new(page, stage.Browser.WatchOver(page));
    }

    private async Task SignInAsync(Visitor visitor, Caller caller, string tenant = "contoso")
    {
        var (page, user) = (visitor.Page, stage.Portal.Demo.User(caller == Caller.PlatformAdmin ? null : tenant, caller.ToString()));
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#Name", user.UserName);
        await page.FillAsync("#Password", user.Password);
        await page.ClickAsync("form .btn-primary");
        await page.WaitForURLAsync(url => !url.EndsWith("/sign-in", StringComparison.Ordinal));
        if (caller != Caller.PlatformAdmin) return;
        await page.GotoAsync("/tenants/contoso/enter");
        await visitor.LookAsync();
        await page.ClickAsync("main form .btn-primary");
        await page.WaitForURLAsync("**/t/contoso");
    }

    private static void AssertHostileTextsWereRead(Visitor visitor)
    {
        foreach (var marker in new[] { "mailbox", "person", "reason", "exception", "hostile-greeting", "hostile-refusal" })
            Assert.True(visitor.Read($"{marker}{Hostile.Markup}{Hostile.ActingShown}"), $"Nobody read {marker} as it is.");
        foreach (var marker in new[] { "tenant", "plan", "token", "hostile-subject" })
            Assert.True(visitor.Read(marker + Hostile.Markup[..20]), $"Nobody read {marker}.");
        Assert.True(visitor.Read("provider" + Hostile.Script));
        Assert.False(visitor.Read(new string('x', 513)));
    }

    private static void AssertNoComplaints(Visitor visitor) =>
        Assert.True(visitor.Watch.Complaints.Count == 0, $"After {visitor.Looked} pages:\n{string.Join('\n', visitor.Watch.Complaints.Distinct())}");

    private static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.Where(char.IsLetterOrDigit).Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(n => Convert.ToByte(bits.Substring(n * 8, 8), 2))];
    }

    [GeneratedRegex("^/(health|openapi)/")]
    private static partial Regex ForPrograms();

    [GeneratedRegex(@"\{(?<kind>[a-zA-Z]+(:id|\?)?)\}")]
    private static partial Regex Kinds();
}

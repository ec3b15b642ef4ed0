using System.Net;
using System.Text.RegularExpressions;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Playwright;
using Npgsql;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AdminPortal.EndToEnd;

/// <summary>Passkeys in a real browser whose authenticator is made of software: from the first one to the last, as one story.</summary>
public sealed partial class PasskeyTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_passkey_is_made_named_used_without_a_name_and_removed()
    {
        var folder = Directory.CreateTempSubdirectory("adminportal-passkeys-");
        try
        {
            await using var database = await (await cluster.StartedAsync()).CopyAsync(Cancel);
            await using var portal = await PortalProcess.StartAsync(database, folder.FullName, Cancel);
            await using var browser = await Browser.StartAsync();
            var person = await browser.PersonAsync(portal.Address);
            await PlugInAnAuthenticatorAsync(person);

            await SignsInByPasswordAsync(person, portal.Demo.User("contoso", "TenantAdmin"));
            await MakesAndNamesOneAsync(person);
            var answer = await SignsInWithoutANameAsync(person);
            await TheSameAnswerIsNotTakenTwiceAsync(portal, answer);
            await ProvesAnewBeforeADangerousChangeAsync(person, database);
            await RemovesItAndIsAskedForThePasswordAgainAsync(person);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task PlugInAnAuthenticatorAsync(IPage person)
    {
        var device = await person.Context.NewCDPSessionAsync(person);
        await device.SendAsync("WebAuthn.enable");
        await device.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true,
                ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true,
            },
        });
    }

    private static async Task SignsInByPasswordAsync(IPage person, DemoUser user)
    {
        await person.GotoAsync("/sign-in");
        await person.GetByLabel("User name or mail address").FillAsync(user.UserName);
        await person.GetByLabel("Password", new() { Exact = true }).FillAsync(user.Password);
        await person.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await person.WaitForURLAsync("**/t/contoso");
    }

    private static async Task MakesAndNamesOneAsync(IPage person)
    {
        await person.GotoAsync("/account/passkeys");
        await person.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(person.GetByRole(AriaRole.Status)).ToContainTextAsync("The passkey Chrome on Linux is added.");

        await person.Locator(".own-row").GetByLabel("Name of the passkey").FillAsync("Work laptop");
        await person.GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
        await Expect(person.GetByRole(AriaRole.Status)).ToContainTextAsync("The passkey is called Work laptop now.");
    }

    /// <returns>What the browser answered, with the cookie that held the challenge: all that a thief could copy.</returns>
    private static async Task<(string Credential, string Challenge)> SignsInWithoutANameAsync(IPage person)
    {
        await SignsOutAsync(person);
        var copied = new TaskCompletionSource<(string, string)>();
        await person.RouteAsync("**/sign-in?handler=Passkey", async route =>
        {
            var cookies = await person.Context.CookiesAsync();
            var credential = System.Web.HttpUtility.ParseQueryString(route.Request.PostData ?? "")["credential"]!;
            copied.TrySetResult((credential, $"__Host-passkey={cookies.Single(c => c.Name == "__Host-passkey").Value}"));
            await route.ContinueAsync();
        });
        await person.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await person.WaitForURLAsync("**/t/contoso");
        await person.GotoAsync("/account/sign-ins");
        await Expect(person.Locator(".own-row").First).ToContainTextAsync("Passkey, Chrome on Linux");
        await person.UnrouteAllAsync();
        return await copied.Task.WaitAsync(Cancel);
    }

    /// <summary>From another machine, with the cookie of the challenge as it was before it was answered.</summary>
    private static async Task TheSameAnswerIsNotTakenTwiceAsync(PortalProcess portal, (string Credential, string Challenge) copied)
    {
        using var thief = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = portal.Address };
        using var page = await thief.GetAsync("/sign-in", Cancel);
        var token = FormToken().Match(await page.Content.ReadAsStringAsync(Cancel)).Groups["token"].Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in?handler=Passkey")
        {
            Headers = { { "Cookie", $"{page.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-antiforgery=", StringComparison.Ordinal)).Split(';')[0]}; {copied.Challenge}" } },
            Content = new FormUrlEncodedContent([new("__RequestVerificationToken", token), new("credential", copied.Credential)]),
        };
        using var answer = await thief.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("That passkey is not known here", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("__Host-adminportal=", StringComparison.Ordinal));
    }

    /// <summary>Step-up: an old proof leads to the question, the passkey answers it, and the same answer answers it once.</summary>
    private static async Task ProvesAnewBeforeADangerousChangeAsync(IPage person, DatabaseCopy database)
    {
        await ProofsGrowOldAsync(database);
        var answer = new TaskCompletionSource<string>();
        await person.RouteAsync("**/step-up?handler=Passkey", async route =>
        {
            answer.TrySetResult(System.Web.HttpUtility.ParseQueryString(route.Request.PostData ?? "")["credential"]!);
            await route.ContinueAsync();
        });
        await person.GotoAsync("/t/contoso/settings/sign-in/new");
        await Expect(person).ToHaveURLAsync(StepUpPage());
        await person.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await person.WaitForURLAsync("**/t/contoso/settings/sign-in/new");
        await Expect(person.GetByLabel("Issuer")).ToBeVisibleAsync();
        await person.UnrouteAllAsync();

        await ProofsGrowOldAsync(database);
        await person.GotoAsync("/t/contoso/settings/sign-in/new");
        await Expect(person).ToHaveURLAsync(StepUpPage());
        var form = person.Context.APIRequest.CreateFormData();
        form.Set("__RequestVerificationToken", FormToken().Match(await person.ContentAsync()).Groups["token"].Value);
        form.Set("credential", await answer.Task.WaitAsync(Cancel));
        var again = await person.Context.APIRequest.PostAsync("/step-up?handler=Passkey", new() { Form = form, MaxRedirects = 0 });
        Assert.Equal(200, again.Status);
        Assert.Contains("That passkey is not known here", await again.TextAsync(), StringComparison.Ordinal);
        await person.GotoAsync("/t/contoso/settings/sign-in/new");
        await Expect(person).ToHaveURLAsync(StepUpPage());
    }

    private static async Task ProofsGrowOldAsync(DatabaseCopy database)
    {
        await using var source = NpgsqlDataSource.Create(database.SuperuserConnectionString);
        await using var command = source.CreateCommand("UPDATE portal_session SET proved_at = proved_at - interval '11 minutes' WHERE ended_at IS NULL");
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(Cancel));
    }

    private static async Task RemovesItAndIsAskedForThePasswordAgainAsync(IPage person)
    {
        await SignsOutAsync(person);
        await person.GotoAsync("/sign-in?returnUrl=%2Faccount");
        await person.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await person.WaitForURLAsync("**/account");
        await person.GotoAsync("/account/passkeys");
        await person.GetByRole(AriaRole.Button, new() { Name = "Remove the passkey Work laptop" }).ClickAsync();
        await Expect(person.GetByRole(AriaRole.Status)).ToContainTextAsync("The passkey is removed.");

        // The device still has it, and the portal knows it no more.
        await SignsOutAsync(person);
        await person.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await Expect(person.Locator("main")).ToContainTextAsync("That passkey is not known here");
    }

    private static async Task SignsOutAsync(IPage person)
    {
        await person.GotoAsync("/sign-out");
        await person.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await person.WaitForURLAsync(SignInPage());
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("/step-up")]
    private static partial Regex StepUpPage();

    [GeneratedRegex("/sign-in")]
    private static partial Regex SignInPage();
}

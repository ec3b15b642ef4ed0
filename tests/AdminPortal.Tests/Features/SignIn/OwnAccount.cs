using System.Net;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>A person's phone: it was shown the secret, and shows codes.</summary>
internal sealed record Phone(byte[] Secret, FakeTimeProvider Time)
{
    public string Code => Totp.CodeAt(Secret, Time.GetUtcNow());

    /// <summary>Waits for the next code, which is a new one.</summary>
    public string NextCode()
    {
        Time.Advance(TimeSpan.FromSeconds(30));
        return Code;
    }

    public string CodeOf(TimeSpan ago) => Totp.CodeAt(Secret, Time.GetUtcNow() - ago);
}

/// <summary>What people do on the pages of their own account, as a browser does it.</summary>
internal static class OwnAccount
{
    public const string TwoFactor = "/account/two-factor";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Sets up an authenticator app.</summary>
    /// <returns>The phone, and the recovery codes that were shown.</returns>
    public static async Task<(Phone Phone, IReadOnlyList<string> Codes)> SetUpPhoneAsync(this Browser browser, FakeTimeProvider time)
    {
        var begun = await ShownAsync(browser.PostAsync($"{TwoFactor}?handler=Begin", [], TwoFactor));
        var phone = new Phone(FromBase32(begun.QuerySelector("section ol .value")!.TextContent.Trim()), time);
        var done = await ShownAsync(browser.PostAsync($"{TwoFactor}?handler=Confirm", new() { ["Code"] = phone.Code }, TwoFactor));
        var codes = done.Says(".codes li");
        Assert.Equal(10, codes.Count);
        return (phone, codes);
    }

    public static Task<HttpResponseMessage> PasswordAsync(this Browser browser, TestPerson person, string? password = null) =>
        browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = password ?? person.Password });

    public static Task<HttpResponseMessage> CodeAsync(this Browser browser, string code) => browser.PostAsync("/sign-in/code", new() { ["Code"] = code });

    /// <summary>Signs in with password and code.</summary>
    public static async Task<Browser> SignInAsync(this PortalFactory portal, TestPerson person, string code)
    {
        var browser = portal.NewBrowser();
        using var first = await browser.PasswordAsync(person);
        Assert.Equal("/sign-in/code", first.Headers.Location?.ToString());
        using var second = await browser.CodeAsync(code);
        Assert.Equal("/", second.Headers.Location?.ToString());
        return browser;
    }

    public static async Task<bool> IsInAsync(this Browser browser)
    {
        using var answer = await browser.GetAsync("/account");
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private static async Task<AngleSharp.Dom.IDocument> ShownAsync(Task<HttpResponseMessage> posting)
    {
        using var answer = await posting;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(octet => octet.Length == 8).Select(octet => Convert.ToByte(new string(octet), 2))];
    }
}

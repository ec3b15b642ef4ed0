using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Pages;

/// <summary>Somebody who opens pages, looks at each on a desk and on a phone, and tries to forge its forms.</summary>
internal sealed partial class Visitor(IPage page, Watch watch)
{
    private const int Desk = 1280, Phone = 390;
    private readonly HashSet<string> seen = [], forged = [];
    private readonly List<string> words = [];

    public IPage Page => page;

    public Watch Watch => watch;

    /// <summary>How many pages were looked at.</summary>
    public int Looked { get; private set; }

    /// <summary>Whether a text was on one of the pages, as it was written.</summary>
    public bool Read(string text) => words.Any(page => page.Contains(text, StringComparison.Ordinal));

    /// <summary>The page, then once each kind of page that it leads to.</summary>
    public async Task VisitWithLinksAsync(string address)
    {
        await VisitAsync(address);
        foreach (var link in await page.EvaluateAsync<string[]>(PageScripts.Links))
            if (!IsNoPage().IsMatch(link))
                await VisitAsync(link);
    }

    /// <summary>Opens the page, unless one of its kind was seen before.</summary>
    public async Task VisitAsync(string address)
    {
        if (!seen.Add(Kind(address))) return;
        var answer = await page.GotoAsync(address);
        if (answer is not { Ok: true }) watch.Complain(page, $"{address} was answered {answer?.Status}");
        seen.Add(Kind(new Uri(page.Url).PathAndQuery));
        await LookAsync();
        await ForgeAsync();
        await CookiesAsync();
    }

    /// <summary>What is open now, wherever it came from.</summary>
    public async Task LookAsync()
    {
        Looked++;
        foreach (var width in new[] { Phone, Desk })
        {
            await page.SetViewportSizeAsync(width, 900);
            await AskAsync(PageScripts.TooWide, $"at {width} px: ");
        }
        words.Add(await page.EvaluateAsync<string>(PageScripts.Words));
        foreach (var question in new[] { PageScripts.Pale, PageScripts.Nameless, PageScripts.Kept, PageScripts.Acts }) await AskAsync(question);
    }

    private async Task AskAsync(string question, string where = "")
    {
        foreach (var answer in await page.EvaluateAsync<string[]>(question)) watch.Complain(page, where + answer);
    }

    /// <summary>Sends every form that changes something without its token, once of each kind.</summary>
    public async Task ForgeAsync()
    {
        foreach (var form in await page.EvaluateAsync<UnsafeForm[]>(PageScripts.UnsafeForms))
        {
            if (!form.Guarded) watch.Complain(page, $"the form that is sent to {form.Action} carries no token against forgery");
            if (!forged.Add(Kind(form.Action))) continue;
            using var _ = watch.Expect(400);
            if (await page.EvaluateAsync<int>(PageScripts.Forge, form.Action) is not 400 and var status)
                watch.Complain(page, $"a forged request to {form.Action} was answered {status}");
        }
    }

    private async Task CookiesAsync()
    {
        foreach (var cookie in await page.Context.CookiesAsync())
            if (!cookie.Name.StartsWith("__Host-", StringComparison.Ordinal) || cookie is not { Secure: true, HttpOnly: true, SameSite: SameSiteAttribute.Lax or SameSiteAttribute.Strict })
                watch.Complain(page, $"the cookie {cookie.Name} is not the portal's own: secure {cookie.Secure}, HttpOnly {cookie.HttpOnly}, {cookie.SameSite}");
    }

    /// <summary>Two addresses are of one kind where only the object or the values of filters differ; tabs are pages of their own.</summary>
    private static string Kind(string address)
    {
        var parts = address.Split('?', 2);
        var query = parts.Length == 1 ? [] : parts[1].Split('&').Select(word => word.StartsWith("tab=", StringComparison.Ordinal) || word.StartsWith("handler=", StringComparison.Ordinal) ? word : word.Split('=')[0]);
        return $"{Object().Replace(parts[0], "/…")}?{string.Join('&', query.Order())}";
    }

    [GeneratedRegex("/([0-9a-f-]{36}|[^/]*(%40|@)[^/]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Object();

    /// <summary>Files to keep, and what programs read.</summary>
    [GeneratedRegex("^/(api|openapi|swagger|health)/")]
    private static partial Regex IsNoPage();

    internal sealed class UnsafeForm
    {
        public string Action { get; set; } = "";

        public bool Guarded { get; set; }
    }
}

using Microsoft.Playwright;
using Xunit;

namespace AdminPortal.EndToEnd;

/// <summary>The Chromium of this machine, driven as a person would.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    public static async Task<Browser> StartAsync()
    {
        var program = Programs.FirstOrDefault(File.Exists);
        // Ubuntu's Chromium is a snap that such a test cannot drive.
        Assert.SkipWhen(program is null, "There is no Chromium on this machine (Debian: apt-get install chromium).");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
        return new(playwright, browser);
    }

    /// <summary>A fresh person at a fresh browser: no cookies, the given language.</summary>
    public async Task<IPage> PersonAsync(Uri address, string language = "en-GB", bool javaScript = true)
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            Locale = language,
            JavaScriptEnabled = javaScript,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout(15_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}

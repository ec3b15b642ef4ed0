using System.Collections.Concurrent;
using AdminPortal.EndToEnd.Pages;
using Microsoft.Playwright;
using Xunit;

namespace AdminPortal.EndToEnd;

/// <summary>The Chromium of this machine, driven as a person would.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private readonly ConcurrentDictionary<IPage, Watch> watches = [];

    private Browser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    public static async Task<Browser> StartAsync()
    {
        var program = Programs.FirstOrDefault(path => File.Exists(path) && !IsSnap(path));
        Assert.SkipWhen(program is null, "There is no Chromium on this machine that a test can drive (Debian: apt-get install chromium; Ubuntu's is a snap).");
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
    public async Task<IPage> PersonAsync(Uri address, string language = "en-GB", bool javaScript = true, ColorScheme colours = ColorScheme.Light)
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            Locale = language,
            ColorScheme = colours,
            JavaScriptEnabled = javaScript,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout(15_000);
        var page = await context.NewPageAsync();
        watches[page] = await Watch.OverAsync(page, address);
        return page;
    }

    /// <summary>Who listens to what the browser complains of on this page.</summary>
    public Watch WatchOver(IPage page) => watches[page];

    /// <summary>What it complained of so far, on whichever page.</summary>
    public IReadOnlyList<string> Complaints => [.. watches.Values.SelectMany(watch => watch.Complaints).Distinct()];

    /// <summary>Ubuntu's chromium-browser is a script that starts the snap.</summary>
    private static bool IsSnap(string path)
    {
        using var file = new StreamReader(path);
        var beginning = new char[4_096];
        var text = new string(beginning, 0, file.ReadBlock(beginning));
        return text.StartsWith("#!", StringComparison.Ordinal) && text.Contains("snap", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}

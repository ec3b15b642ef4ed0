using AngleSharp;
using AngleSharp.Dom;

namespace AdminPortal.Tests.Infrastructure;

/// <summary>Pages read as a person reads them.</summary>
public static class Pages
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    /// <summary>The page as a document; fails where the answer is not 200.</summary>
    public static async Task<IDocument> OpenAsync(this Browser browser, string path) => await ParseAsync(await browser.ReadAsync(path));

    public static Task<IDocument> ParseAsync(string markup) => BrowsingContext.New().OpenAsync(page => page.Content(markup), Cancel);

    /// <summary>What an element says, without the white space of its source.</summary>
    public static string Says(this IElement? element) => string.Join(' ', (element?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What all elements say that the selector finds.</summary>
    public static IReadOnlyList<string> Says(this IParentNode page, string selector) => [.. page.QuerySelectorAll(selector).Select(Says)];

    /// <summary>Where the link leads whose words these are.</summary>
    public static string? LinkOf(this IParentNode page, string words) =>
        page.QuerySelectorAll("a").FirstOrDefault(link => link.Says() == words)?.GetAttribute("href");
}

using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace AdminPortal.EndToEnd.Pages;

/// <summary>
/// Listens to everything that a browser complains of while somebody uses the portal: its console, what the content policy refused, scripts
/// that failed, requests that came to nothing, and answers whose headers let a browser keep or frame what is private.
/// </summary>
internal sealed partial class Watch
{
    private readonly ConcurrentQueue<string> complaints = [];
    private readonly string origin;
    private volatile int expected;

    private Watch(Uri portal) => origin = portal.GetLeftPart(UriPartial.Authority);

    /// <summary>What was heard so far, each with the page on which it was.</summary>
    public IReadOnlyCollection<string> Complaints => complaints;

    /// <param name="page">A page on which nothing was opened yet.</param>
    /// <param name="portal">Where the portal is: its answers alone are judged.</param>
    public static async Task<Watch> OverAsync(IPage page, Uri portal)
    {
        var watch = new Watch(portal);
        // Chromium says most of it on the console by itself; this says it of every kind, with what was refused.
        await page.AddInitScriptAsync(
            "document.addEventListener('securitypolicyviolation', e => console.error(`refused by ${e.effectiveDirective}: ${e.blockedURI} ${e.sample} ${e.sourceFile}:${e.lineNumber}`));");
        page.Console += (_, message) => watch.Hear(page, message);
        page.PageError += (_, error) => watch.Complain(page, $"a script failed: {error}");
        page.RequestFailed += (_, request) => watch.Complain(page, $"{request.Method} {request.Url} came to nothing: {request.Failure}");
        page.Response += (_, answer) => watch.Judge(page, answer);
        return watch;
    }

    /// <summary>Until it is disposed of, answers of this status are what was asked for.</summary>
    public IDisposable Expect(int status)
    {
        expected = status;
        return new Expectation(this);
    }

    public void Complain(IPage page, string what) => complaints.Enqueue($"{page.Url}: {what}");

    private void Hear(IPage page, IConsoleMessage message)
    {
        if (message.Type is not ("error" or "warning")) return;
        if (expected != 0 && message.Text.Contains($"status of {expected}", StringComparison.Ordinal)) return;
        Complain(page, $"{message.Type} on the console: {message.Text}");
    }

    private void Judge(IPage page, IResponse answer)
    {
        if (!answer.Url.StartsWith(origin, StringComparison.Ordinal)) return;
        if (answer.Status >= 400 && answer.Status != expected) Complain(page, $"{answer.Request.Method} {answer.Url} was answered {answer.Status}");
        var headers = answer.Headers;
        Want("x-content-type-options", "nosniff");
        if (IsFile().IsMatch(new Uri(answer.Url).AbsolutePath)) return;
        Want("content-security-policy", "frame-ancestors 'none'");
        Want("content-security-policy", "default-src 'none'");
        Want("cache-control", "no-store");

        void Want(string name, string part)
        {
            if (!headers.TryGetValue(name, out var value) || !value.Contains(part, StringComparison.Ordinal)) Complain(page, $"{answer.Url} has {name}: {value}");
        }
    }

    /// <summary>What is the same for everybody and may be kept.</summary>
    [GeneratedRegex("^/(css|js|img|lib|swagger)/")]
    private static partial Regex IsFile();

    private sealed class Expectation(Watch watch) : IDisposable
    {
        public void Dispose() => watch.expected = 0;
    }
}

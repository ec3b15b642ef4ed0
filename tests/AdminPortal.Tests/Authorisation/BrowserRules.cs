using System.Text.RegularExpressions;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>What every answer tells a browser, whoever asked and whatever came of it: asserted for each question of the matrix (ASVS 3.2 to 3.4).</summary>
internal static partial class BrowserRules
{
    public static void AssertHeaders(HttpResponseMessage answer, string where)
    {
        var policy = One(answer, "Content-Security-Policy", where);
        foreach (var part in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'" })
            Assert.True(policy.Contains(part, StringComparison.Ordinal), $"{where}: {part} is not in {policy}");
        Assert.False(policy.Contains("unsafe-", StringComparison.Ordinal), $"{where}: {policy}");
        Assert.Equal("nosniff", One(answer, "X-Content-Type-Options", where));
        Assert.Equal("DENY", One(answer, "X-Frame-Options", where));
        Assert.Equal("same-origin", One(answer, "Cross-Origin-Opener-Policy", where));
        Assert.Equal("same-origin", One(answer, "Cross-Origin-Resource-Policy", where));
        Assert.Contains(One(answer, "Referrer-Policy", where), new[] { "same-origin", "no-referrer" });
        Assert.Contains("camera=()", One(answer, "Permissions-Policy", where));
        Assert.True(answer.Headers.CacheControl is { NoStore: true }, $"{where} may be kept by a cache: {answer.Headers.CacheControl}");
        AssertCookies(answer, where);
        AssertRedirect(answer, where);
    }

    /// <summary>No script, style or event handler of its own: the policy would refuse it, and a page that needs none cannot be given one.</summary>
    public static void AssertMarkup(HttpResponseMessage answer, string body, string where)
    {
        if (answer.Content.Headers.ContentType is { } type)
            Assert.True(
                type.MediaType is "text/html" or "application/json" or "application/problem+json" or "text/event-stream" && type.CharSet is null or "utf-8",
                $"{where} is {type}");
        if (answer.Content.Headers.ContentType?.MediaType != "text/html") return;
        Assert.False(Inline().Match(body) is { Success: true } found, $"{where} has markup that the policy refuses: {Inline().Match(body).Value}");
    }

    private static void AssertCookies(HttpResponseMessage answer, string where)
    {
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [])
        {
            Assert.True(cookie.StartsWith("__Host-", StringComparison.Ordinal), $"{where} sets {cookie.Split('=')[0]}, which other hosts could set too.");
            foreach (var part in new[] { "path=/", "secure", "httponly", "samesite=" })
                Assert.True(cookie.Contains(part, StringComparison.OrdinalIgnoreCase), $"{where} sets {cookie.Split('=')[0]} without {part}.");
            Assert.False(cookie.Contains("samesite=none", StringComparison.OrdinalIgnoreCase), $"{where} sets {cookie.Split('=')[0]} for other sites.");
        }
    }

    private static void AssertRedirect(HttpResponseMessage answer, string where)
    {
        if ((int)answer.StatusCode is < 300 or >= 400 || answer.Headers.Location is not { } location) return;
        Assert.True(location.ToString() is ['/', not ('/' or '\\'), ..] or "/", $"{where} leads out of the portal, to {location}");
    }

    private static string One(HttpResponseMessage answer, string name, string where)
    {
        Assert.True(answer.Headers.TryGetValues(name, out var values) && values.Count() == 1, $"{where} ({(int)answer.StatusCode}) has no header {name}, or several.");
        return values!.Single();
    }

    [GeneratedRegex("""<script(?![^>]*\ssrc=)[^>]*>|<style[\s>]|<[a-z][^>]*\s(style|on[a-z]+)\s*=|(href|src|action|formaction)\s*=\s*["']?\s*(javascript|data(?!:image/)|vbscript):""", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}

using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using AdminPortal.Hosting;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>What all pages have in common, through the front door.</summary>
public sealed partial class PagesTests : IAsyncLifetime
{
    private PagesHost portal = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => portal = await PagesHost.StartAsync(rooms => rooms
        .AddNavigation(NavigationSection.Audit, "audit", "nobody")
        .AddNavigation(NavigationSection.Mailboxes, "mailboxes")
        .AddNavigation(NavigationSection.Overview, "")
        .AddNavigation<AdminPortal.Features.Shared.Text>(NavigationSection.Settings, "settings", "Theme")
        .AddNavigation<AdminPortal.Features.Shared.Text>(NavigationSection.Settings, "settings/domains", "SignOut"));

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Theory]
    [InlineData("/nowhere", HttpStatusCode.NotFound, "Not found", "Introuvable")]
    [InlineData("/forbidden", HttpStatusCode.Forbidden, "Not allowed", "Accès refusé")]
    [InlineData("/breaks", HttpStatusCode.InternalServerError, "Something broke", "Une erreur s’est produite")]
    [InlineData("/database-away", HttpStatusCode.ServiceUnavailable, "Back in a moment", "De retour dans un instant")]
    public async Task A_failure_is_told_in_one_sentence_of_the_readers_language_and_keeps_its_status(string address, HttpStatusCode status, string english, string french)
    {
        foreach (var (language, title) in new[] { ("en-US,en;q=0.9", english), ("de, fr-CA;q=0.8, en;q=0.5", french) })
        {
            using var client = portal.Client(("Accept-Language", language));
            using var answer = await client.GetAsync(address, Cancellation);
            var page = await PagesHost.ReadAsync(answer);

            Assert.Equal(status, answer.StatusCode);
            Assert.Equal(title, page.QuerySelector("h1")!.TextContent);
            Assert.Single(page.QuerySelectorAll("main p:not(.small):not(:has(a))"));
            Assert.DoesNotContain("secret detail", page.DocumentElement.OuterHtml, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_page_leaves_compressed_over_https_too(string encoding)
    {
        using var client = portal.Client(("Accept-Encoding", encoding));
        using var answer = await client.GetAsync(new Uri("https://localhost/t/contoso/anything"), Cancellation);

        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.Single());
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
    }

    [Fact]
    public async Task While_the_database_is_away_the_browser_hears_when_to_ask_again()
    {
        using var client = portal.Client();
        using var answer = await client.GetAsync("/database-away?tab=1", Cancellation);

        Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter!.Delta);
        Assert.Equal("/database-away?tab=1", (await PagesHost.ReadAsync(answer)).QuerySelector("main a")!.GetAttribute("href"));
    }

    [Fact]
    public async Task A_failed_part_of_a_page_is_told_in_the_status_region()
    {
        using var client = portal.Client(("HX-Request", "true"));
        using var answer = await client.GetAsync("/database-away", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("#status", answer.Headers.GetValues("HX-Retarget").Single());
        Assert.Null((await PagesHost.ReadAsync(answer)).QuerySelector("header"));
    }

    [Fact]
    public async Task A_program_is_not_answered_with_a_page()
    {
        using var client = portal.Client();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync("/api/breaks", Cancellation));
        Assert.Equal("", await (await client.GetAsync("/api/nowhere", Cancellation)).Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("/t/contoso/mailboxes")]
    [InlineData("/nowhere")]
    [InlineData("/breaks")]
    [InlineData("/css/portal.css")]
    public async Task Every_answer_refuses_inline_script_and_style_and_being_framed(string address)
    {
        using var client = portal.Client();
        using var answer = await client.GetAsync(address, Cancellation);

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task A_page_is_never_kept_and_holds_nothing_that_the_policy_would_refuse()
    {
        using var client = portal.Client(("X-Test-User", "admin@contoso.example"));
        using var answer = await client.GetAsync("/t/contoso/mailboxes", Cancellation);
        var page = await PagesHost.ReadAsync(answer);

        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Empty(page.QuerySelectorAll("[style], style, script:not([src])"));
        Assert.DoesNotContain(page.All.SelectMany(element => element.Attributes), attribute => attribute.Name.StartsWith("on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_files_of_a_page_are_there_and_may_be_kept_for_ever()
    {
        var page = await portal.OpenAsync("/t/contoso/mailboxes");
        var files = page.QuerySelectorAll("script[src], link[href], use[href]").Select(e => e.GetAttribute("src") ?? e.GetAttribute("href")!).Distinct().ToList();

        Assert.Contains(files, file => file.StartsWith("/lib/htmx.min.js?v=", StringComparison.Ordinal));
        using var client = portal.Client();
        foreach (var file in files)
        {
            using var answer = await client.GetAsync(file, Cancellation);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("?v=wrong-version")]
    [InlineData("?v=")]
    [InlineData("")]
    public async Task A_file_asked_for_by_no_or_another_version_is_asked_for_again(string version)
    {
        using var client = portal.Client();
        using var answer = await client.GetAsync("/css/portal.css" + version, Cancellation);
        Assert.True(answer.Headers.CacheControl!.NoCache);

        client.DefaultRequestHeaders.IfNoneMatch.Add(answer.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await client.GetAsync("/css/portal.css" + version, Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("identity", null)]
    public async Task Text_leaves_in_the_smallest_form_that_the_browser_reads(string accepted, string? encoding)
    {
        using var client = portal.Client(("Accept-Encoding", accepted));
        using var answer = await client.GetAsync("/lib/bootstrap.min.css", Cancellation);

        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("text/css; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        var bytes = await answer.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal(encoding is null, bytes.Length > 100_000);
        Assert.Equal(await PlainAsync("/lib/bootstrap.min.css"), Decompressed(bytes, encoding));
    }

    [Fact]
    public async Task The_rail_shows_what_is_built_and_permitted_in_its_own_order()
    {
        var page = await portal.OpenAsync("/t/contoso/settings/domains");

        Assert.Equal(
            ["/t/contoso Overview", "/t/contoso/mailboxes Mailboxes", "/t/contoso/settings Settings", "/t/contoso/settings Light or dark", "/t/contoso/settings/domains Sign out"],
            page.QuerySelectorAll(".rail a").Select(link => $"{link.GetAttribute("href")} {link.TextContent}"));
        Assert.Equal("Sign out", page.QuerySelector(".rail [aria-current=page]")!.TextContent);
        Assert.Equal("Settings", page.QuerySelector(".rail [aria-current=true]")!.TextContent);
    }

    [Fact]
    public async Task The_search_box_leads_to_the_mailboxes_of_the_tenant()
    {
        var search = (await portal.OpenAsync("/t/contoso/audit")).QuerySelector("search form")!;
        Assert.Equal("/t/contoso/mailboxes", search.GetAttribute("action"));
        Assert.Equal(["open", "search"], search.QuerySelectorAll("input").Select(input => input.GetAttribute("name")!));
    }

    [Theory]
    [InlineData(null, null, "en", "en")]
    [InlineData(null, null, "fr-CA", "fr")]
    [InlineData(null, null, "pt, nl;q=0.5", "en")]
    [InlineData(null, null, "en;q=0.2, fr;q=0.9", "fr")]
    [InlineData(null, "fr", "en", "fr")]
    [InlineData(null, "xx", "fr", "fr")]
    [InlineData("en", "fr", "fr", "en")]
    public async Task A_persons_choice_comes_before_the_cookie_and_the_cookie_before_the_browsers_wish(string? chosen, string? cookie, string wish, string expected)
    {
        var headers = new List<(string, string)> { ("Accept-Language", wish) };
        if (chosen is not null)
            headers.AddRange([("X-Test-User", "a@contoso.example"), ("X-Test-Language", chosen)]);
        if (cookie is not null)
            headers.Add(("Cookie", $"__Host-language={cookie}"));

        Assert.Equal(expected, (await portal.OpenAsync("/t/contoso", [.. headers])).DocumentElement.GetAttribute("lang"));
    }

    [Fact]
    public async Task The_theme_is_in_the_page_before_anything_is_drawn()
    {
        var page = await portal.OpenAsync("/t/contoso", ("Cookie", "__Host-theme=dark"));
        Assert.Equal("dark", page.DocumentElement.GetAttribute("data-bs-theme"));

        var undecided = await portal.OpenAsync("/t/contoso");
        Assert.Equal("auto", undecided.DocumentElement.GetAttribute("data-theme"));
        var first = undecided.QuerySelector("script, link[rel=stylesheet]")!;
        Assert.StartsWith("/js/theme.js", first.GetAttribute("src"), StringComparison.Ordinal);
        Assert.False(first.HasAttribute("defer"));
    }

    [Theory]
    [InlineData("/t/contoso/mailboxes?search=a", "/t/contoso/mailboxes?search=a")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("//evil.example/", "/")]
    [InlineData(null, "/")]
    public async Task Choosing_a_language_or_a_theme_sets_a_cookie_and_leads_back_into_the_portal(string? from, string to)
    {
        foreach (var (address, field, value) in new[] { ("/preferences/language", "language", "fr"), ("/preferences/theme", "theme", "dark") })
        {
            using var answer = await PostAsync(address, withToken: true, (field, value), ("returnUrl", from));

            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.Equal(to, answer.Headers.Location!.OriginalString);
            var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"__Host-{field}={value};", StringComparison.Ordinal));
            Assert.Contains("secure", cookie, StringComparison.Ordinal);
            Assert.Contains("path=/", cookie, StringComparison.Ordinal);
            Assert.DoesNotContain("domain", cookie, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_choice_without_a_token_is_refused()
    {
        using var answer = await PostAsync("/preferences/theme", withToken: false, ("theme", "dark"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task The_antiforgery_cookie_belongs_to_this_host_alone_even_without_https()
    {
        using var client = portal.Client();
        using var answer = await client.GetAsync("/t/contoso", Cancellation);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-antiforgery=", cookie, StringComparison.Ordinal);
        Assert.Matches("(?i)path=/; secure; samesite=strict; httponly", cookie);
    }

    private async Task<HttpResponseMessage> PostAsync(string address, bool withToken, params (string Name, string? Value)[] fields)
    {
        using var client = portal.Client();
        var form = fields.Where(field => field.Value is not null).ToDictionary(field => field.Name, field => field.Value!);
        if (withToken)
        {
            using var page = await client.GetAsync("/t/contoso", Cancellation);
            form["__RequestVerificationToken"] = Token().Match(await page.Content.ReadAsStringAsync(Cancellation)).Groups["token"].Value;
            client.DefaultRequestHeaders.Add("Cookie", page.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        }
        using var content = new FormUrlEncodedContent(form);
        return await client.PostAsync(address, content, Cancellation);
    }

    private async Task<byte[]> PlainAsync(string file)
    {
        using var client = portal.Client();
        return await client.GetByteArrayAsync(file, Cancellation);
    }

    private static byte[] Decompressed(byte[] bytes, string? encoding)
    {
        using var source = new MemoryStream(bytes);
        using Stream plain = encoding switch
        {
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            _ => source,
        };
        using var target = new MemoryStream();
        plain.CopyTo(target);
        return target.ToArray();
    }

    [GeneratedRegex("""name="__RequestVerificationToken" type="hidden" value="(?<token>[^"]+)""")]
    private static partial Regex Token();
}

using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Xunit;

namespace AdminPortal.Tests.Infrastructure;

/// <summary>
/// A browser without a screen: it asks for pages, keeps cookies, does not follow redirects, and sends a form with the antiforgery token
/// of the page that the form stands on.
/// </summary>
public sealed partial class Browser(HttpClient client) : IDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Its HTTP client, for calls of the API by script.</summary>
    public HttpClient Client => client;

    public Task<HttpResponseMessage> GetAsync(string path) => client.SendAsync(Request(HttpMethod.Get, path), Cancel);

    /// <summary>The page's markup; fails where the answer is not 200.</summary>
    public async Task<string> ReadAsync(string path)
    {
        using var answer = await GetAsync(path);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    /// <summary>Opens the page, fills in its form and sends it.</summary>
    /// <param name="action">Where the form is sent.</param>
    /// <param name="fields">What was filled in.</param>
    /// <param name="page">The page with the form, where it is not the action itself.</param>
    public async Task<HttpResponseMessage> PostAsync(string action, Dictionary<string, string> fields, string? page = null)
    {
        var request = Request(HttpMethod.Post, action);
        request.Content = new FormUrlEncodedContent(fields.Append(new("__RequestVerificationToken", await TokenAsync(page ?? action))));
        return await client.SendAsync(request, Cancel);
    }

    /// <summary>The antiforgery token of a page, for the header <c>RequestVerificationToken</c> of an API call.</summary>
    public async Task<string> TokenAsync(string page)
    {
        var token = TokenInPage().Match(await ReadAsync(page)).Groups["token"].Value;
        Assert.NotEmpty(token);
        return token;
    }

    public void Dispose() => client.Dispose();

    private static HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        return request;
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex TokenInPage();
}

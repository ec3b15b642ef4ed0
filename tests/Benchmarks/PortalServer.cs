using System.Net;
using System.Net.Http.Headers;
using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Hosting;
using AdminPortal.Migrations;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Benchmarks;

/// <summary>The portal as it is shipped, in a process of its own, with somebody who administers the largest tenant.</summary>
internal sealed class PortalServer : IAsyncDisposable
{
    private readonly PortalProcess process;

    private PortalServer(PortalProcess process, Uri address, string token, string cookie) => (this.process, Address, Token, Cookie) = (process, address, token, cookie);

    public Uri Address { get; }

    public int ProcessId => process.Id;

    public string Token { get; }

    /// <summary>The session of a signed-in administrator.</summary>
    public string Cookie { get; }

    public static async Task<PortalServer> StartAsync(DatabaseCopy database, CancellationToken cancellationToken)
    {
        var (user, password, token) = await AddAdministratorAsync(database, cancellationToken);
        var port = PortalProcess.FreePort();
        // What is measured is the work, not the refusal of it.
        const string unlimited = "1000000000";
        var process = await PortalProcess.StartAsync(
            database,
            [
                new("Portal__Roles", "web,worker"), new("Portal__HttpPort", $"{port}"),
                new("Limits__Requests__PerAddress", unlimited), new("Limits__Requests__PerToken", unlimited), new("Limits__Requests__PerTenant", unlimited),
            ],
            cancellationToken);
        var address = new Uri($"http://localhost:{port}");
        return new(process, address, token, await SignInAsync(address, user, password, cancellationToken));
    }

    public HttpClient Api() => new() { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) } };

    /// <summary>The headers of a program's request.</summary>
    public Dictionary<string, string> AsProgram(params (string Name, string Value)[] more) =>
        more.Append(("Authorization", $"Bearer {Token}")).ToDictionary();

    /// <summary>The headers of a browser's request; it takes the page compressed, as every browser does.</summary>
    public Dictionary<string, string> AsBrowser() => new() { ["Cookie"] = Cookie, ["Accept"] = "text/html", ["Accept-Encoding"] = "gzip" };

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task<(string User, string Password, string Token)> AddAdministratorAsync(DatabaseCopy database, CancellationToken cancellationToken)
    {
        await using var db = PortalDbContextFactory.Create(database.OwnerConnectionString);
        var tenant = await db.Tenants.IgnoreQueryFilters().SingleAsync(t => t.Slug == Population.LargestTenant, cancellationToken);
        const string name = "benchmark@tenant-1.example";
        var (password, token) = (MailPasswords.Generate(), TokenText.Make());
        var user = new PortalUser { Id = Guid.CreateVersion7(), UserName = name, NormalizedUserName = name.ToUpperInvariant(), SecurityStamp = "benchmark" };
        user.PasswordHash = new PasswordHasher<PortalUser>().HashPassword(user, password);
        db.AddRange(user, new Member { TenantId = tenant.Id, UserId = user.Id, Role = PortalRole.TenantAdmin });
        db.Add(new ApiToken
        {
            Id = Guid.CreateVersion7(),
            TenantId = tenant.Id,
            Name = "Benchmark",
            Prefix = TokenText.Shown(token),
            Hash = TokenText.Hash(token),
            UserId = user.Id,
            Scopes = [.. Scopes.All],
        });
        await db.SaveChangesAsync(cancellationToken);
        return (name, password, token);
    }

    /// <summary>Through the page, as a browser does; cookies are carried by hand, because .NET sends no Secure cookie over http.</summary>
    private static async Task<string> SignInAsync(Uri address, string user, string password, CancellationToken cancellationToken)
    {
        using var browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address };
        using var form = await browser.GetAsync("/sign-in", cancellationToken);
        var page = await form.Content.ReadAsStringAsync(cancellationToken);
        const string field = "__RequestVerificationToken\" type=\"hidden\" value=\"";
        var from = page.IndexOf(field, StringComparison.Ordinal) + field.Length;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["Name"] = user,
                ["Password"] = password,
                ["__RequestVerificationToken"] = page[from..page.IndexOf('"', from)],
            }),
        };
        request.Headers.Add("Cookie", Cookies(form));
        using var answer = await browser.SendAsync(request, cancellationToken);
        return answer.StatusCode == HttpStatusCode.Redirect ? Cookies(answer) : throw new InvalidOperationException($"Sign-in answered {answer.StatusCode}.");
    }

    private static string Cookies(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(cookie => cookie[..cookie.IndexOf(';')]));
}

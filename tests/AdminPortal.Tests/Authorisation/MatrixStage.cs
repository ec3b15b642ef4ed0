using System.Net;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>Two tenants with somebody of every role, each with a token and a session; and what is left of credentials that are no good.</summary>
public class MatrixStage(TestCluster cluster) : IAsyncLifetime
{
    /// <summary>Words that stand in no answer to anybody of the other tenant.</summary>
    private const string ForeignSlug = "foreign-tenant-of-the-matrix";

    private readonly Dictionary<string, MatrixObject> shared = [];
    private readonly Dictionary<Caller, Credentials> callers = [];
    private readonly Dictionary<string, HttpClient> narrow = [];
    private string? hashOfEverything;
    private Guid? lastProvider;
    private TestTenant? ours;
    private TestTenant? theirs;
    private TestPerson? ourOwner;
    private TestPerson? theirOwner;

    internal PortalFactory Portal { get; } = new(cluster);

    /// <summary>Credentials that were good once, each with what is wrong with it now; and none.</summary>
    internal IReadOnlyList<(string What, HttpClient Client, string? Antiforgery)> Nobody { get; private set; } = [];

    internal TestTenant Ours => ours!;

    internal TestTenant Theirs => theirs!;

    internal MatrixObjects Objects => new(Portal);

    /// <summary>How many questions were asked.</summary>
    internal int Asked { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        // Thousands of calls from one address, many of them with wrong tokens, are what this is about.
        foreach (var limit in new[] { "Guesses:PerAccount", "Guesses:PerAddress", "Guesses:PerNetwork", "Guesses:PerWideNetwork", "Guesses:Free", "Requests:PerAddress", "Requests:PerToken", "Requests:PerTenant" })
            Portal.Set($"Limits:{limit}", "1000000");
        // Of those for an address, so fewer.
        Portal.Set("Limits:Guesses:Repeats", "500000");
        Arrange(Portal);
        (ours, theirs) = (await Portal.NewTenantAsync("ours"), await Portal.NewTenantAsync(ForeignSlug));
        (ourOwner, theirOwner) = (await Portal.NewPersonAsync(Ours, PortalRole.MailboxOwner), await Portal.NewPersonAsync(Theirs, PortalRole.MailboxOwner));
        callers[Caller.PlatformAdmin] = await SignInAsync(await Portal.NewPlatformAdminAsync(), null);
        callers[Caller.TenantAdmin] = await SignInAsync(await Portal.NewPersonAsync(Ours, PortalRole.TenantAdmin), Ours);
        callers[Caller.Helpdesk] = await SignInAsync(await Portal.NewPersonAsync(Ours, PortalRole.Helpdesk), Ours);
        callers[Caller.Auditor] = await SignInAsync(await Portal.NewPersonAsync(Ours, PortalRole.Auditor), Ours);
        callers[Caller.MailboxOwner] = await SignInAsync(ourOwner, Ours);
        callers[Caller.ForeignAdmin] = await SignInAsync(await Portal.NewPersonAsync(Theirs, PortalRole.TenantAdmin), Theirs);
        foreach (var scope in Scopes.All.Append("-"))
            narrow[scope] = Portal.Api(await Portal.NewTokenAsync(callers[Caller.TenantAdmin].Person, Ours, [.. Scopes.All.Where(s => s != scope)]));
        Nobody = await MakeNobodyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await EndAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what <see cref="Arrange"/> took.</summary>
    protected virtual ValueTask EndAsync() => ValueTask.CompletedTask;

    /// <summary>What this stage does differently, before the portal starts.</summary>
    protected virtual void Arrange(PortalFactory portal)
    {
    }

    internal Credentials Of(Caller caller) => callers[caller];

    /// <summary>After a call that may have ended the caller's session, or a platform administrator's visit.</summary>
    internal async Task SignInAgainAsync(Caller caller)
    {
        using var stillThere = await Of(caller).Browser.GetAsync(caller == Caller.PlatformAdmin ? Ours.Pages : "/sign-out");
        if (stillThere.StatusCode != HttpStatusCode.OK) callers[caller] = await SignInAsync(Of(caller).Person, TenantOf(caller));
    }

    /// <summary>A tenant administrator's token with every scope but one.</summary>
    internal HttpClient Narrow(string scope) => narrow[scope];

    private async Task<IReadOnlyList<(string What, HttpClient Client, string? Antiforgery)>> MakeNobodyAsync()
    {
        var person = await Portal.NewPersonAsync(Ours, PortalRole.TenantAdmin);
        var (expired, revoked) = (await Portal.NewTokenAsync(person, Ours), await Portal.NewTokenAsync(person, Ours));
        await SpoilAsync(expired, tokens => tokens.ExecuteUpdateAsync(t => t.SetProperty(x => x.ExpiresAt, DateTimeOffset.UnixEpoch), Cancel));
        await SpoilAsync(revoked, tokens => tokens.ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, DateTimeOffset.UnixEpoch), Cancel));
        var ended = await Portal.SignInAsync(person);
        var antiforgery = await ended.TokenAsync("/sign-out");
        await Portal.InScopeAsync(async scope =>
        {
            var users = scope.GetRequiredService<UserManager<PortalUser>>();
            return await users.UpdateSecurityStampAsync((await users.FindByIdAsync(person.Id.ToString()))!);
        });
        var stranger = Portal.NewBrowser();
        return
        [
            ("nobody", stranger.Client, await stranger.TokenAsync("/sign-in")),
            ("an expired token", Portal.Api(expired), null),
            ("a revoked token", Portal.Api(revoked), null),
            ("a session that was ended", ended.Client, antiforgery),
            ("a session that has expired", await ExpiredSessionAsync(), null),
        ];
    }

    /// <summary>One question, with everything in braces filled in.</summary>
    /// <param name="row">What is asked.</param>
    /// <param name="tenant">The tenant in the address: its slug or id.</param>
    /// <param name="objects">What stands for each kind in braces.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="antiforgery">A session's token against forged requests; null for programs.</param>
    internal async Task<MatrixAnswer> AskAsync(
        MatrixRow row, string tenant, IReadOnlyDictionary<string, string> objects, HttpClient client, string? antiforgery)
    {
        Asked++;
        var address = Fill(row.Route.Replace("{tenant}", tenant), objects, Uri.EscapeDataString);
        using var request = MatrixQuestion.Of(row, address, Fill(row.Sends, objects, value => value), antiforgery);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        BrowserRules.AssertHeaders(answer, $"{row.Method} {address}");
        var isStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var body = isStream ? "" : await answer.Content.ReadAsStringAsync(Cancel);
        BrowserRules.AssertMarkup(answer, body, $"{row.Method} {address}");
        return new(
            (int)answer.StatusCode, answer.Headers.Location?.ToString(), string.Join('\n', answer.Headers.Concat(answer.Content.Headers)
                .Where(h => h.Key is not ("Set-Cookie" or "Content-Length" or "Date" or "Location" or "RateLimit")).Select(h => $"{h.Key}: {string.Join(',', h.Value)}").Order()),
            body);
    }

    /// <summary>Objects of the tenant's own for all that the row names; new ones for a call that may change them.</summary>
    internal Task<Dictionary<string, string>> OwnAsync(MatrixRow row, bool fresh) => NamedAsync(row, async kind => await OwnAsync(kind, fresh));

    /// <summary>The same with somebody else's, and with what is nowhere; by id and by name.</summary>
    internal async Task<List<MatrixAbout>> ElseAsync(MatrixRow row)
    {
        var questions = new List<MatrixAbout>
        {
            new("another tenant's, by id", Ours.Slug, await NamedAsync(row, kind => TheirsAsync(kind))),
            new("none, by id", Ours.Slug, await NamedAsync(row, kind => Task.FromResult(MatrixObjects.Missing(kind, Ours)))),
        };
        if (row.KindsAsked.Any(kind => MatrixObjects.Missing(kind, Ours).Name is not null && !row.NamesById(kind)))
        {
            questions.Add(new("another tenant's, by name", Ours.Slug, await NamedAsync(row, kind => TheirsAsync(kind), byName: true)));
            questions.Add(new("none, by name", Ours.Slug, await NamedAsync(row, kind => Task.FromResult(MatrixObjects.Missing(kind, Ours)), byName: true)));
        }
        return questions;
    }

    /// <summary>The whole of another tenant, and a tenant that is none.</summary>
    internal async Task<List<MatrixAbout>> ElsewhereAsync(MatrixRow row)
    {
        var foreign = await NamedAsync(row, kind => TheirsAsync(kind));
        return
        [
            new("another tenant, by slug", Theirs.Slug, foreign),
            new("another tenant, by id", Theirs.Id.ToString(), foreign),
            new("no tenant, by slug", "no-such-tenant", foreign),
            new("no tenant, by id", Guid.CreateVersion7().ToString(), foreign),
        ];
    }

    /// <summary>Nothing in this answer may be known outside the other tenant.</summary>
    internal void AssertNothingForeign(MatrixAnswer answer, string where)
    {
        foreach (var word in shared.Where(o => o.Key.StartsWith("their ", StringComparison.Ordinal)).Select(o => o.Value.Id).Append(ForeignSlug).Append(Theirs.Id.ToString()))
            Assert.False(answer.Body.Contains(word, StringComparison.OrdinalIgnoreCase), $"{where} tells of another tenant: {word} in\n{answer.Body}");
    }

    /// <summary>A digest of every table, but for when a token or a session was last used, for the count of wrong guesses, and for what tells of the refusals themselves.</summary>
    /// <param name="row">What is about to be asked: all that it needs is there already.</param>
    internal async Task<IReadOnlyDictionary<string, string>> EverythingAsync(MatrixRow row)
    {
        foreach (var kind in row.KindsAsked.Concat(row.KindsOfOurs)) (_, _) = (await OwnAsync(kind, fresh: false), await TheirsAsync(kind));
        await using var source = NpgsqlDataSource.Create(Portal.Database.SuperuserConnectionString);
        hashOfEverything ??= await QueryOfEverythingAsync(source);
        await using var command = source.CreateCommand(hashOfEverything);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var tables = new Dictionary<string, string>();
        while (await reader.ReadAsync(Cancel)) tables[reader.GetString(0)] = reader.GetString(1);
        return tables;
    }

    private static async Task<string> QueryOfEverythingAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            """
            SELECT string_agg(format($$SELECT %L, count(*) || ' ' || md5(coalesce(string_agg(line, '' ORDER BY line), ''))
                                     FROM (SELECT (to_jsonb(x) - 'last_used_at' - 'last_seen_at')::text AS line FROM %s x WHERE coalesce(to_jsonb(x) ->> 'action', '') NOT LIKE '%%.refused') AS lines$$, oid::regclass, oid::regclass), ' UNION ALL ')
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('guess', 'refusal')
            """);
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task<MatrixObject> OwnAsync(string kind, bool fresh)
    {
        if (fresh) return await FreshAsync(kind);
        return shared.TryGetValue($"our {kind}", out var known) ? known : shared[$"our {kind}"] = await Objects.NewAsync(kind, Ours, ourOwner!);
    }

    // A tenant has few providers at most, so the last one made makes room for the next.
    private async Task<MatrixObject> FreshAsync(string kind)
    {
        var made = await Objects.NewAsync(kind, Ours, ourOwner!);
        if (kind != "provider") return made;
        if (lastProvider is { } last) await Portal.LookAsync(Ours, db => db.SignInProviders.Where(p => p.Id == last).ExecuteDeleteAsync(Cancel));
        lastProvider = Guid.Parse(made.Id);
        return made;
    }

    private async Task<MatrixObject> TheirsAsync(string kind) =>
        shared.TryGetValue($"their {kind}", out var known) ? known : shared[$"their {kind}"] = await Objects.NewAsync(kind, Theirs, theirOwner!);

    private async Task<Dictionary<string, string>> NamedAsync(MatrixRow row, Func<string, Task<MatrixObject>> find, bool byName = false)
    {
        var named = new Dictionary<string, string>();
        string? around = null;
        foreach (var kind in row.KindsAsked)
        {
            var found = await find(kind);
            named[kind] = byName && !row.NamesById(kind) ? found.Name ?? found.Id : found.Id;
            around ??= found.Mailbox;
        }
        if (around is not null && named.ContainsKey("mailbox")) named["mailbox"] = around;
        foreach (var kind in row.KindsOfOurs) named[$"our.{kind}"] = (await OwnAsync(kind, fresh: false)).Id;
        return named;
    }

    private string Fill(string text, IReadOnlyDictionary<string, string> objects, Func<string, string> spell)
    {
        foreach (var (kind, value) in objects) text = Regex.Replace(text, $@"\{{{Regex.Escape(kind)}(:\w+)?\}}", spell(value));
        var name = MatrixObjects.NewName();
        return text.Replace("{new}", name).Replace("{at}", Ours.Domain).Replace("{missing.session}", Guid.CreateVersion7().ToString()).Replace("{name}", Ours.Slug).Replace("{organisation}", Ours.Slug).Replace("/{secret?}", "").Replace("{protocol}", "pop3").Replace("{documentName}", "v1");
    }

    private TestTenant? TenantOf(Caller caller) => caller switch { Caller.PlatformAdmin => null, Caller.ForeignAdmin => Theirs, _ => Ours };

    private async Task<Credentials> SignInAsync(TestPerson person, TestTenant? tenant)
    {
        var program = Portal.Api(await Portal.NewTokenAsync(person, tenant));
        if (tenant is not null) return await CredentialsAsync(await Portal.SignInAsync(person));
        // A platform administrator enters the tenant first, which is written down there.
        (await program.GetAsync(Ours.Api, Cancel)).EnsureSuccessStatusCode();
        return await CredentialsAsync(await Portal.VisitAsync(Ours, person));

        async Task<Credentials> CredentialsAsync(Browser browser) => new(person, program, browser, await browser.TokenAsync("/sign-out"));
    }

    private async Task<HttpClient> ExpiredSessionAsync()
    {
        var person = await Portal.NewPersonAsync(Ours, PortalRole.TenantAdmin);
        using var browser = Portal.NewBrowser();
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-adminportal=", StringComparison.Ordinal)).Split(';')[0].Split('=', 2);
        var tickets = Portal.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(IdentityConstants.ApplicationScheme).TicketDataFormat;
        var ticket = tickets.Unprotect(cookie[1])!;
        ticket.Properties.ExpiresUtc = DateTimeOffset.UnixEpoch;
        var client = Portal.Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", $"{cookie[0]}={tickets.Protect(ticket)}");
        return client;
    }

    private Task SpoilAsync(string token, Func<IQueryable<ApiToken>, Task<int>> how) => Portal.InTenantAsync(Ours, async scope =>
    {
        var hash = TokenText.Hash(token);
        Assert.Equal(1, await how(scope.GetRequiredService<PortalDbContext>().ApiTokens.Where(t => t.Hash == hash)));
        return true;
    });
}

/// <param name="Person">Who.</param>
/// <param name="Program">A client with a token of every scope.</param>
/// <param name="Browser">A signed-in browser.</param>
/// <param name="Antiforgery">What its unsafe requests must carry.</param>
internal sealed record Credentials(TestPerson Person, HttpClient Program, Browser Browser, string Antiforgery);

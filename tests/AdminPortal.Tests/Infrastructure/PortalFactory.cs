using System.Net.Http.Headers;
using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Features.Tenants;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Infrastructure;

/// <summary>
/// The whole portal against a database of its own, for tests through the HTTP door:
/// <code>
/// public sealed class SetMailAccessTests(PortalFactory portal) : IClassFixture&lt;PortalFactory&gt;
/// {
///     [Fact]
///     public async Task A_helpdesk_may_switch_a_protocol()
///     {
///         var contoso = await portal.NewTenantAsync();                        // a tenant with a domain, a plan and a pod
///         var mailbox = await portal.NewMailboxAsync(contoso);                // in that domain, everything inherited
///         var helpdesk = await portal.ApiAsync(contoso, PortalRole.Helpdesk); // a client with a bearer token of that role
///         var answer = await helpdesk.GetAsync($"{contoso.Api}/mailboxes/{mailbox.Address}", Cancel);
/// </code>
/// <para>Tenants, people and addresses get names of their own, so tests of one class share the database without meeting each other.</para>
/// <para><see cref="Anonymous"/> is a client without any credential, <see cref="Api"/> one with a token, <see cref="SignInAsync"/> a browser's
/// session: cookies are kept, redirects are not followed, and <see cref="Browser.PostAsync"/> sends forms with the antiforgery token.</para>
/// <para><see cref="InTenantAsync{T}"/> runs code as the portal does in one tenant's unit of work, to arrange and to look.</para>
/// <para>Settings and replaced services are given in the test class's constructor, which runs before the first use: <see cref="Set"/>,
/// <see cref="UseTime"/>, <see cref="Replace"/>. The default runs the web alone: <c>portal.Set("Portal:Roles", "web,mail,worker")</c> for
/// more. The base class wants any public type of the portal's assembly. <see cref="Listen"/> opens real sockets on free ports instead of the in-memory server.</para>
/// </summary>
public sealed class PortalFactory(TestCluster cluster) : WebApplicationFactory<PortalDbContext>, IAsyncLifetime
{
    private static int names;
    private readonly Dictionary<string, string?> settings = new()
    {
        ["Portal:Roles"] = "web",
        ["Portal:HttpPort"] = "0",
        ["Portal:HttpsPort"] = "0",
        ["MailServer:ImapPort"] = "0",
        ["MailServer:ImapsPort"] = "0",
        ["MailServer:Pop3Port"] = "0",
        ["MailServer:Pop3sPort"] = "0",
        ["MailServer:SubmissionPort"] = "0",
        ["MailServer:SubmissionsPort"] = "0",
        ["Limits:Guesses:RefusalTakes"] = "00:00:00.001",
        ["Logging:LogLevel:Default"] = "Warning",
    };

    private readonly Dictionary<Type, object> services = [];
    private FakeTimeProvider? time;
    private DatabaseCopy? database;

    /// <summary>Where this portal keeps its key and certificates; removed with the factory.</summary>
    public string DataFolder { get; } = Directory.CreateTempSubdirectory("adminportal-test-").FullName;

    /// <summary>The database, also as its owner and as the superuser.</summary>
    public DatabaseCopy Database => database ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => database = await (await cluster.StartedAsync()).CopyAsync(Cancel);

    /// <summary>A setting, spelled as in a file: <c>Portal:Roles</c>.</summary>
    public void Set(string name, string? value) => settings[name] = value;

    /// <summary>A clock that stands still until a test moves it; one for the whole class, so it never goes back.</summary>
    public FakeTimeProvider UseTime()
    {
        if (time is not null) return time;
        time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        Replace<TimeProvider>(time);
        return time;
    }

    /// <summary>Puts a stand-in for the outside world into the container; the first one of a type stays.</summary>
    public void Replace<T>(T service) where T : class => services.TryAdd(typeof(T), service);

    /// <summary>Opens real sockets on free ports, mail listeners included where the role runs; clients made afterwards use them.</summary>
    public void Listen()
    {
        UseKestrel();
        StartServer();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // Host settings reach Program.cs as command-line arguments, so that it sees them while it registers services.
        builder.UseSetting("ConnectionStrings:Portal", Database.ServingConnectionString);
        builder.UseSetting("Portal:DataFolder", DataFolder);
        foreach (var (name, value) in settings) builder.UseSetting(name, value);
        builder.ConfigureTestServices(all =>
        {
            // A password costs a tenth of a second by default, which is right outside tests.
            all.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1_000);
            foreach (var (type, service) in services) all.Replace(new ServiceDescriptor(type, service));
        });
    }

    /// <summary>A client without any credential.</summary>
    public HttpClient Anonymous() => CreateClient(new() { AllowAutoRedirect = false, HandleCookies = false, BaseAddress = Https });

    /// <summary>A client that sends this token.</summary>
    public HttpClient Api(string token)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client with a new person's token of every scope: what it may do is the role's question alone.</summary>
    public async Task<HttpClient> ApiAsync(TestTenant tenant, PortalRole role) => Api(await NewTokenAsync(await NewPersonAsync(tenant, role), tenant));

    /// <summary>A client with a new platform administrator's token, bound to no tenant.</summary>
    public async Task<HttpClient> PlatformApiAsync() => Api(await NewTokenAsync(await NewPlatformAdminAsync(), null));

    /// <summary>Signs a person in through the sign-in page.</summary>
    public async Task<Browser> SignInAsync(TestPerson person)
    {
        var browser = NewBrowser();
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });
        Assert.Equal(System.Net.HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>A platform administrator's browser that has entered the tenant.</summary>
    public async Task<Browser> VisitAsync(TestTenant tenant, TestPerson? admin = null)
    {
        var browser = await SignInAsync(admin ?? await NewPlatformAdminAsync());
        using var entered = await browser.PostAsync($"/tenants/{tenant.Slug}/enter", []);
        Assert.Equal(System.Net.HttpStatusCode.Redirect, entered.StatusCode);
        return browser;
    }

    /// <summary>A browser in which nobody has signed in.</summary>
    public Browser NewBrowser() => new(CreateClient(new() { AllowAutoRedirect = false, BaseAddress = Https }));

    /// <summary>A tenant with the domain <c>SLUG.example</c>, the plan "Everyone" and a pod on the reference server.</summary>
    public async Task<TestTenant> NewTenantAsync(string? slug = null)
    {
        slug ??= NewName("tenant");
        var domain = $"{slug}.example";
        return await InScopeAsync(async scope =>
        {
            var outcome = await scope.GetRequiredService<CreateTenant>().HandleAsync(new(slug, slug), Cancel);
            var (tenant, pod) = Assert.IsType<CreateTenantOutcome.Created>(outcome);
            var ids = (Domain: Guid.CreateVersion7(), Plan: Guid.CreateVersion7());
            var db = scope.GetRequiredService<PortalDbContext>();
            db.Add(new Domain { TenantId = tenant.Id, Id = ids.Domain, Name = domain, ActiveSince = tenant.CreatedAt });
            db.Add(new Plan { TenantId = tenant.Id, Id = ids.Plan, Name = "Everyone" });
            await db.SaveChangesAsync(Cancel);
            return new TestTenant(tenant.Id, slug, ids.Domain, domain, ids.Plan, pod.Id);
        });
    }

    /// <summary>A person with a password and that role in the tenant; a mailbox owner gets the mailbox too.</summary>
    public async Task<TestPerson> NewPersonAsync(TestTenant tenant, PortalRole role)
    {
        var person = await NewPersonAsync($"{NewName(role.ToString().ToLowerInvariant())}@{tenant.Domain}");
        if (role == PortalRole.MailboxOwner) return person with { Mailbox = await NewMailboxAsync(tenant, owner: person) };
        await AddMemberAsync(tenant, person, role);
        return person;
    }

    public Task<TestPerson> NewPlatformAdminAsync() => NewPersonAsync($"{NewName("platform")}@portal.example", user => user.IsPlatformAdmin = true);

    /// <summary>A person who is nothing anywhere yet.</summary>
    public Task<TestPerson> NewPersonAsync(string userName, Action<PortalUser>? more = null) => InScopeAsync(async scope =>
    {
        var password = MailPasswords.Generate();
        var user = new PortalUser { Id = Guid.CreateVersion7(), UserName = userName, Email = userName };
        more?.Invoke(user);
        var made = await scope.GetRequiredService<UserManager<PortalUser>>().CreateAsync(user, password);
        Assert.True(made.Succeeded, string.Join(' ', made.Errors.Select(e => e.Description)));
        return new TestPerson(user.Id, userName, password);
    });

    public Task AddMemberAsync(TestTenant tenant, TestPerson person, PortalRole role) => InTenantAsync(tenant, async scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        db.Add(new Member { TenantId = tenant.Id, UserId = person.Id, Role = role });
        return await db.SaveChangesAsync(Cancel);
    });

    /// <summary>A token of that person, bound to the tenant or, for a platform administrator, to none; of every scope unless some are named.</summary>
    public async Task<string> NewTokenAsync(TestPerson person, TestTenant? tenant, params string[] scopes)
    {
        var named = scopes.Length == 0 ? Scopes.All : scopes;
        var issued = tenant is null
            ? await InScopeAsync(scope => scope.GetRequiredService<IssueApiToken>().HandleForPlatformAsync(person.Id, NewName("token"), named, null, Cancel))
            : await InTenantAsync(tenant, scope => scope.GetRequiredService<IssueApiToken>().HandleAsync(tenant.Id, person.Id, NewName("token"), named, null, Cancel));
        return issued.Text;
    }

    /// <summary>A mailbox in the tenant's domain with a password for mail, everything inherited unless <paramref name="more"/> says otherwise.</summary>
    public Task<TestMailbox> NewMailboxAsync(TestTenant tenant, string? localPart = null, TestPerson? owner = null, Action<Mailbox>? more = null) =>
        InTenantAsync(tenant, async scope =>
        {
            var address = owner?.UserName ?? $"{localPart ?? NewName("mailbox")}@{tenant.Domain}";
            var mailbox = new Mailbox
            {
                TenantId = tenant.Id, Id = Guid.CreateVersion7(), Address = address, DisplayName = address.Split('@')[0],
                DomainId = tenant.DomainId, PodId = tenant.PodId, UserId = owner?.Id,
            };
            more?.Invoke(mailbox);
            var db = scope.GetRequiredService<PortalDbContext>();
            db.Add(mailbox);
            var password = MailPasswords.Generate();
            var passwords = ActivatorUtilities.CreateInstance<MailPasswords>(scope);
            await passwords.SetAccountPasswordAsync(mailbox, owner: null, password, chosen: false, Cancel);
            await db.SaveChangesAsync(Cancel);
            return new TestMailbox(mailbox.Id, address, password);
        });

    /// <summary>Runs code in one tenant's unit of work, as a request does.</summary>
    public Task<T> InTenantAsync<T>(TestTenant tenant, Func<IServiceProvider, Task<T>> work) => InScopeAsync(scope =>
    {
        scope.GetRequiredService<TenantScope>().Enter(tenant.Id);
        return work(scope);
    });

    /// <summary>The same with the tenant's rows alone: <c>await portal.LookAsync(contoso, db => db.Mailboxes.CountAsync())</c>.</summary>
    internal Task<T> LookAsync<T>(TestTenant tenant, Func<PortalDbContext, Task<T>> look) =>
        InTenantAsync(tenant, scope => look(scope.GetRequiredService<PortalDbContext>()));

    /// <summary>What the tenant's audit trail says, oldest first.</summary>
    public Task<List<AuditEvent>> AuditAsync(TestTenant tenant) =>
        LookAsync(tenant, db => db.AuditEvents.AsNoTracking().OrderBy(e => e.Id).ToListAsync(Cancel));

    /// <summary>Runs code in a unit of work that is in no tenant.</summary>
    public async Task<T> InScopeAsync<T>(Func<IServiceProvider, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        Directory.Delete(DataFolder, recursive: true);
    }

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string kind) => $"{kind}-{Interlocked.Increment(ref names)}";

    // Over HTTPS, because .NET's cookie container would not send Secure cookies otherwise.
    private static Uri Https => new("https://localhost");
}

/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its short name.</param>
/// <param name="DomainId">Its one domain.</param>
/// <param name="Domain">The domain's name.</param>
/// <param name="PlanId">Its one plan, "Everyone"; mailboxes have none by default.</param>
/// <param name="PodId">Its pod on the reference server.</param>
public sealed record TestTenant(Guid Id, string Slug, Guid DomainId, string Domain, Guid PlanId, Guid PodId)
{
    /// <summary>Where its API begins.</summary>
    public string Api => $"/api/v1/tenants/{Slug}";

    /// <summary>Where its pages begin.</summary>
    public string Pages => $"/t/{Slug}";
}

/// <param name="Id">The person.</param>
/// <param name="UserName">With which the person signs in to the portal.</param>
/// <param name="Password">And the password.</param>
/// <param name="Mailbox">The person's own mailbox, for a mailbox owner.</param>
public sealed record TestPerson(Guid Id, string UserName, string Password, TestMailbox? Mailbox = null);

/// <param name="Id">The mailbox.</param>
/// <param name="Address">Its primary address.</param>
/// <param name="Password">With which a mail program signs in.</param>
public sealed record TestMailbox(Guid Id, string Address, string Password);

using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.Mailboxes.Import;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

/// <summary>
/// The import and what it stands on, on a database of its own, with tenants made for each test: <c>contoso</c>, whose plan Frontline switches
/// IMAP4 off, and a foreign one.
/// </summary>
public sealed class ImportRoom : IAsyncLifetime
{
    private readonly TestCluster cluster;
    private DatabaseCopy? copy;
    private ServiceProvider? services;

    public ImportRoom(TestCluster cluster) => this.cluster = cluster;

    internal IServiceProvider Services => services ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    internal string SuperuserConnectionString => copy!.SuperuserConnectionString;

    public async ValueTask InitializeAsync()
    {
        copy = await (await cluster.StartedAsync()).CopyAsync(TestContext.Current.CancellationToken);
        var configuration = new ConfigurationBuilder().Build();
        services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<LimitHits>()
            .Configure<IdentityOptions>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
            .AddData(copy.ServingConnectionString)
            .AddJobs(configuration)
            .AddImport()
            .BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        if (services is not null) await services.DisposeAsync();
        if (copy is not null) await copy.DisposeAsync();
    }

    /// <summary>A tenant of one's own.</summary>
    internal async Task<ImportTenant> NewTenantAsync()
    {
        var tenant = new ImportTenant(this, Guid.CreateVersion7(), $"t{Guid.CreateVersion7():n}.example");
        await tenant.FoundAsync();
        return tenant;
    }

    internal async Task<List<string>> AskAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(SuperuserConnectionString);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) lines.Add(reader.GetValue(0).ToString()!);
        return lines;
    }
}

/// <summary>One tenant, and an administrator of it who imports.</summary>
internal sealed class ImportTenant(ImportRoom room, Guid id, string domain)
{
    public Guid Id => id;

    public string Domain => domain;

    public async Task FoundAsync() => await InAsync(async db =>
    {
        db.Tenants.Add(new Tenant { Id = id, Slug = domain, Name = domain });
        db.Add(new Domain { TenantId = id, Id = Guid.CreateVersion7(), Name = domain, ActiveSince = DateTimeOffset.UnixEpoch });
        db.Add(new Domain { TenantId = id, Id = Guid.CreateVersion7(), Name = $"unproven.{domain}" });
        db.Add(new Plan { TenantId = id, Id = Guid.CreateVersion7(), Name = "Frontline", Access = AccessSettings.Inherited with { Imap = AccessSetting.Disabled } });
        db.Add(new Pod { TenantId = id, Id = Guid.CreateVersion7(), Name = "Reference server", Kind = PodKind.Embedded });
        return await db.SaveChangesAsync(Now);
    });

    /// <summary>A mailbox, found or changed by whoever needs it special.</summary>
    public Task<Mailbox> AddMailboxAsync(string name, Action<Mailbox>? make = null, string? plan = null, string? alias = null) => InAsync(async db =>
    {
        var mailbox = new Mailbox
        {
            TenantId = id,
            Id = Guid.CreateVersion7(),
            Address = $"{name}@{domain}",
            DisplayName = name,
            DomainId = await db.Domains.Where(d => d.Name == domain).Select(d => d.Id).SingleAsync(Now),
            PlanId = plan is null ? null : await db.Plans.Where(p => p.Name == plan).Select(p => p.Id).SingleAsync(Now),
            PodId = await db.Pods.Select(p => p.Id).SingleAsync(Now),
        };
        make?.Invoke(mailbox);
        db.Add(mailbox);
        if (alias is not null) db.Add(new MailboxAlias { TenantId = id, MailboxId = mailbox.Id, Address = $"{alias}@{domain}" });
        await db.SaveChangesAsync(Now);
        return mailbox;
    });

    /// <summary>In the files of tests, <c>@</c> followed by a blank, a separator or a line's end stands for the tenant's domain.</summary>
    public string Filled(string file) => System.Text.RegularExpressions.Regex.Replace(file, "@(?=[ ,;|\"\r\n]|$)", $"@{domain}");

    public async Task<UploadOutcome> UploadAsync(string file, ImportChoices? choices = null, bool preview = true) =>
        await ScopedAsync(services => services.GetRequiredService<UploadImport>()
            .HandleAsync(new MemoryStream(Encoding.UTF8.GetBytes(Filled(file))), "mailboxes.csv", choices ?? new ImportChoices(), preview, Now));

    public async Task<ImportPreview> PreviewAsync(string file, ImportChoices? choices = null) =>
        Assert.IsType<UploadOutcome.Stored>(await UploadAsync(file, choices)).Preview!;

    public async Task<ApplyOutcome> AskToApplyAsync(Guid importId, bool skipRefused = false) =>
        await ScopedAsync(services => services.GetRequiredService<ApplyImport>().HandleAsync(new ApplyImportRequest(importId, skipRefused), "Quarterly review", Now));

    /// <summary>Upload, apply, and run what was asked.</summary>
    public async Task<Operation> ImportAsync(string file, ImportChoices? choices = null, bool skipRefused = false)
    {
        var stored = Assert.IsType<UploadOutcome.Stored>(await UploadAsync(file, choices, preview: false));
        var accepted = Assert.IsType<ApplyOutcome.Accepted>(await AskToApplyAsync(stored.ImportId, skipRefused));
        await RunOperationsAsync();
        return await OperationAsync(accepted.Operation.Id);
    }

    public Task<Operation> OperationAsync(Guid operationId) => InAsync(db => db.Operations.AsNoTracking().SingleAsync(o => o.Id == operationId, Now));

    /// <summary>Works like the worker of the portal until nothing is queued.</summary>
    public async Task RunOperationsAsync()
    {
        while (await Worker().RunNextAsync(Now))
        {
        }
    }

    public OperationWorker Worker() => new(
        room.Services.GetRequiredService<IServiceScopeFactory>(), room.Services.GetRequiredService<CrossTenant>(),
        room.Services.GetRequiredService<OperationBell>(), room.Services.GetRequiredService<JobsOptions>(), NullLogger<OperationWorker>.Instance);

    public Task<Mailbox> MailboxAsync(string name) =>
        InAsync(db => db.Mailboxes.AsNoTracking().Include(m => m.Aliases).SingleAsync(m => m.Address == $"{name}@{domain}", Now));

    /// <summary>The mailbox's own settings, as <c>Pop3 Imap Smtp</c>.</summary>
    public async Task<string> SettingsAsync(string name)
    {
        var access = (await MailboxAsync(name)).Access;
        return $"{access.Pop3} {access.Imap} {access.Smtp}";
    }

    /// <summary>The audit trail, oldest first.</summary>
    public Task<List<string>> AuditAsync() => InAsync(async db => (await db.AuditEvents.AsNoTracking().OrderBy(a => a.Id).ToListAsync(Now))
        .ConvertAll(a => $"{a.Action} {a.Target.Split('@')[0]} {a.Before?.RootElement.ToString()}->{a.After?.RootElement.ToString()}"));

    public async Task<T> InAsync<T>(Func<PortalDbContext, Task<T>> act) => await ScopedAsync(services => act(services.GetRequiredService<PortalDbContext>()));

    public async Task<T> ScopedAsync<T>(Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = room.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(id);
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorKind.User, Guid.CreateVersion7(), "admin");
        return await act(scope.ServiceProvider);
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;
}

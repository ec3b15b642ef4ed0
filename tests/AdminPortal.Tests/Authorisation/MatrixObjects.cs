using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <param name="Id">As programs write it.</param>
/// <param name="Name">The other way to name it in an address, where there is one.</param>
/// <param name="Mailbox">The mailbox in which it lies, for what stands behind a mailbox in an address.</param>
internal sealed record MatrixObject(string Id, string? Name = null, string? Mailbox = null);

/// <summary>Makes the objects that the matrix speaks of by their kind: <c>{plan}</c>, <c>{mailbox}</c> … A new kind gets a line here.</summary>
internal sealed class MatrixObjects(PortalFactory portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A new object of that kind in that tenant.</summary>
    /// <param name="kind">As the routes call it.</param>
    /// <param name="tenant">Whose.</param>
    /// <param name="owner">A mailbox owner of that tenant.</param>
    public Task<MatrixObject> NewAsync(string kind, TestTenant tenant, TestPerson owner) => kind switch
    {
        "mailbox" => MailboxAsync(tenant),
        "domain" => AddAsync(tenant, new Domain { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = $"{NewName()}.example" }, d => new(Id(d.Id), d.Name)),
        "publicFolder" => AddAsync(tenant, new MailFolder { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = $"Public/{NewName()}", PublicRight = PublicFolderRight.Read, UidValidity = 1 }, f => new(Id(f.Id))),
        "plan" => AddAsync(tenant, new Plan { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = NewName() }, p => new(Id(p.Id))),
        "pod" => AddAsync(tenant, new Pod { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = NewName(), Kind = PodKind.Proxy, Host = "mail.example.net" }, p => new(Id(p.Id))),
        "message" => AddAsync(tenant, new RelayedMessage { TenantId = tenant.Id, Id = Guid.CreateVersion7(), MailboxId = Guid.CreateVersion7(), Sender = "", NextAt = TimeProvider.System.GetUtcNow().AddHours(1) }, m => new(Id(m.Id))),
        "check" => AddAsync(tenant, Check(tenant, owner), c => new(Id(c.Id))),
        "operation" => AddAsync(tenant, Operation(tenant), o => new(Id(o.Id))),
        "import" => ImportAsync(tenant, owner),
        "provider" => AddAsync(tenant, Provider(tenant), p => new(Id(p.Id))),
        "member" => MemberAsync(tenant),
        "invitation" => AddAsync(tenant, Invitation(tenant), i => new(Id(i.Id))),
        "appPassword" => AddAsync(tenant, AppPassword(tenant, owner), c => new(Id(c.Id), Mailbox: Id(c.MailboxId))),
        "token" => AddAsync(tenant, Token(tenant, owner), t => new(Id(t.Id))),
        _ => throw new NotSupportedException($"MatrixObjects.NewAsync makes no {{{kind}}} yet: add a line."),
    };

    /// <summary>What is nowhere.</summary>
    public static MatrixObject Missing(string kind, TestTenant tenant) => new(
        Id(Guid.CreateVersion7()), kind switch { "mailbox" => $"{NewName()}@{tenant.Domain}", "domain" => $"{NewName()}.example", _ => null });

    public static string NewName() => PortalFactory.NewName("new");

    private async Task<MatrixObject> MailboxAsync(TestTenant tenant)
    {
        var mailbox = await portal.NewMailboxAsync(tenant);
        return new(Id(mailbox.Id), mailbox.Address);
    }

    private async Task<MatrixObject> MemberAsync(TestTenant tenant) => new(Id((await portal.NewPersonAsync(tenant, PortalRole.Helpdesk)).Id));

    private static SignInProvider Provider(TestTenant tenant) => new()
    {
        TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = NewName(), Issuer = "https://login.example.org", ClientId = "portal", Enabled = false,
    };

    private static Invitation Invitation(TestTenant tenant)
    {
        var (id, address) = (Guid.CreateVersion7(), $"{NewName()}@{tenant.Domain}");
        return new()
        {
            TenantId = tenant.Id, Id = id, Address = address, SentTo = address, Role = PortalRole.Auditor, Language = "en", TokenHash = id.ToByteArray(),
            InvitedBy = "somebody", CreatedAt = TimeProvider.System.GetUtcNow(), ExpiresAt = TimeProvider.System.GetUtcNow().AddDays(7),
        };
    }

    private async Task<MatrixObject> ImportAsync(TestTenant tenant, TestPerson asker)
    {
        var admin = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var client = portal.Api(await portal.NewTokenAsync(admin, tenant));
        using var file = new StringContent($"address,pop3\n{asker.UserName},disabled\n", Encoding.UTF8, new MediaTypeHeaderValue("text/csv"));
        using var answer = await client.PostAsync($"{tenant.Api}/imports?dryRun=true", file, Cancel);
        return new((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!);
    }

    private static MailCredential AppPassword(TestTenant tenant, TestPerson owner) => new()
    {
        TenantId = tenant.Id, Id = Guid.CreateVersion7(), MailboxId = owner.Mailbox!.Id, Kind = CredentialKind.AppPassword, Label = NewName(),
        StoredKey = new byte[32], ServerKey = new byte[32],
    };

    private static ConnectivityCheck Check(TestTenant tenant, TestPerson owner) => new()
    {
        TenantId = tenant.Id, Id = Guid.CreateVersion7(), MailboxId = owner.Mailbox!.Id, Protocol = MailProtocol.Imap, Endpoint = "mail.example.net:993 implicitTls",
        Credential = "service", Verdict = "worksAsAllowed", Steps = JsonDocument.Parse("[]"), RequestedBy = owner.UserName,
    };

    private static Operation Operation(TestTenant tenant) => new()
    {
        TenantId = tenant.Id, Id = Guid.CreateVersion7(), Kind = "accessChange", RequestedBy = "somebody", RequestedById = Guid.CreateVersion7(),
        Request = JsonDocument.Parse("""{"selection": {"ids": []}, "changes": {"pop3": "disabled"}}"""),
    };

    private static ApiToken Token(TestTenant tenant, TestPerson owner)
    {
        var id = Guid.CreateVersion7();
        return new() { TenantId = tenant.Id, Id = id, Name = NewName(), Prefix = "apt_", Hash = id.ToByteArray(), UserId = owner.Id, Scopes = ["access:read"] };
    }

    private Task<MatrixObject> AddAsync<T>(TestTenant tenant, T row, Func<T, MatrixObject> named) where T : class =>
        portal.InTenantAsync(tenant, async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            db.Add(row);
            await db.SaveChangesAsync(Cancel);
            return named(row);
        });

    private static string Id(Guid id) => id.ToString();
}

using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Migrations;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>A database in which two tenants own one row of every kind, so that a hole in a wall has something to show.</summary>
public sealed class TwoTenants(TestCluster cluster) : IAsyncLifetime
{
    private DatabaseCopy? copy;

    public Guid Ours { get; } = Guid.CreateVersion7();

    public Guid Theirs { get; } = Guid.CreateVersion7();

    internal DatabaseCopy Database => copy ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    public async ValueTask InitializeAsync()
    {
        copy = await (await cluster.StartedAsync()).CopyAsync(TestContext.Current.CancellationToken);
        await FillAsync(Ours, "ours");
        await FillAsync(Theirs, "theirs");
        await using var serving = NpgsqlDataSource.Create(Database.ServingConnectionString);
        await new CrossTenant(serving).SealAuditEventsAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (copy is not null) await copy.DisposeAsync();
    }

    /// <summary>A context as the portal has it, in a tenant's unit of work or in none.</summary>
    public PortalDbContext Serving(Guid? tenantId)
    {
        var scope = new TenantScope();
        if (tenantId is { } id) scope.Enter(id);
        return ServingContext.Create(Database.ServingConnectionString, scope);
    }

    /// <summary>A context that sees everything: row-level security lets the owner look.</summary>
    public PortalDbContext Owner() => PortalDbContextFactory.Create(Database.OwnerConnectionString);

    private async Task FillAsync(Guid tenantId, string slug)
    {
        await using var db = Serving(tenantId);
        var nothing = JsonDocument.Parse("{}");
        var user = new PortalUser { Id = Guid.CreateVersion7(), UserName = slug, NormalizedUserName = slug.ToUpperInvariant() };
        db.Users.Add(user);
        db.Tenants.Add(new() { Id = tenantId, Slug = slug, Name = slug });
        var domain = new Domain { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = $"{slug}.example" };
        var plan = new Plan { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = "Everyone" };
        var pod = new Pod { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = "Reference server", Kind = PodKind.Embedded };
        db.AddRange(domain, plan, pod, new PodDelay { TenantId = tenantId, PodId = pod.Id, Kind = PodDelayKind.SignIn, Slot = PodDelay.SlotOf(DateTimeOffset.UnixEpoch), Bucket = 1, Count = 1 });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);

        var mailbox = new Mailbox
        {
            TenantId = tenantId,
            Id = Guid.CreateVersion7(),
            Address = $"someone@{domain.Name}",
            DisplayName = "Someone",
            DomainId = domain.Id,
            PlanId = plan.Id,
            PodId = pod.Id,
        };
        var content = new MailContent { TenantId = tenantId, Id = Guid.CreateVersion7(), Body = [1] };
        var folder = new MailFolder { TenantId = tenantId, Id = Guid.CreateVersion7(), MailboxId = mailbox.Id, Name = "INBOX", UidValidity = 1 };
        var operation = new Operation { TenantId = tenantId, Id = Guid.CreateVersion7(), Kind = "none", Request = nothing, RequestedBy = slug, State = OperationState.Succeeded };
        var import = new Import { TenantId = tenantId, Id = Guid.CreateVersion7(), FileName = "a.csv", Options = nothing };
        db.AddRange(mailbox, content, folder, operation, import);
        var provider = new SignInProvider { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = "Directory", Issuer = $"https://{slug}.example", ClientId = "portal" };
        provider.Roles.Add(new() { TenantId = tenantId, ProviderId = provider.Id, Position = 0, Claim = "roles", Value = "admin", Role = PortalRole.TenantAdmin });
        db.AddRange(provider, new SignInLink { TenantId = tenantId, ProviderId = provider.Id, Issuer = provider.Issuer, Subject = "1", UserId = user.Id });
        db.AddRange(
            new ProtocolLog { TenantId = tenantId, MailboxId = mailbox.Id, StartedBy = slug, Reason = "Looking" },
            new ProtocolLogLine { TenantId = tenantId, MailboxId = mailbox.Id, Protocol = MailProtocol.Imap, Side = LogSide.Client, Text = "a NOOP" });
        db.Add(new MailTokenIssuer { TenantId = tenantId, Id = Guid.CreateVersion7(), Issuer = $"https://{slug}.example", Audience = "mail", AddressClaim = "email", AddressTrust = AddressTrust.VerifiedClaim });
        db.Add(new Member { TenantId = tenantId, UserId = user.Id, Role = PortalRole.TenantAdmin });
        db.Add(new MailboxAlias { TenantId = tenantId, Address = $"alias@{domain.Name}", MailboxId = mailbox.Id });
        db.Add(new AccessException { TenantId = tenantId, MailboxId = mailbox.Id, Protocol = MailProtocol.Pop3, Effect = ExceptionEffect.Deny, Reason = "Leaver", CreatedBy = slug });
        db.Add(new MailEndpoint { TenantId = tenantId, Protocol = MailProtocol.Imap, Preset = EndpointPreset.ThisServer, Security = ConnectionSecurity.ImplicitTls });
        db.Add(new MailboxScram { TenantId = tenantId, MailboxId = mailbox.Id, Salt = [1], Iterations = ScramVerifier.IterationsForGenerated });
        db.Add(new MailCredential { TenantId = tenantId, MailboxId = mailbox.Id, Kind = CredentialKind.Account, Label = "", StoredKey = [1], ServerKey = [1] });
        db.Add(new ServiceCredential { TenantId = tenantId, PodId = pod.Id, UserName = $"service@{slug}", ProtectedPassword = [1], PasswordHash = [1] });
        db.Add(new AuditEvent { TenantId = tenantId, ActorName = slug, ActorKind = ActorKind.System, Action = AuditActions.TenantCreated, TargetKind = "tenant", Target = slug });
        db.Add(new AuditRetention { TenantId = tenantId, KeepDays = 365 });
        db.Add(new ChangeFeedEntry { TenantId = tenantId, MailboxId = mailbox.Id });
        db.Add(new OperationItem { TenantId = tenantId, OperationId = operation.Id, Position = 1, Name = mailbox.Address, Outcome = "changed" });
        db.Add(new ImportChunk { TenantId = tenantId, ImportId = import.Id, Position = 1, Content = [1] });
        db.Add(new ApiToken { TenantId = tenantId, Name = "Sync", Prefix = "apt_", Hash = [.. tenantId.ToByteArray()], UserId = user.Id, Scopes = ["access:read"] });
        db.Add(new Invitation { TenantId = tenantId, Address = $"guest@{domain.Name}", SentTo = $"guest@{domain.Name}", Role = PortalRole.Auditor, Language = "en", TokenHash = [.. tenantId.ToByteArray()], InvitedBy = slug });
        db.Add(new TenantVisit { TenantId = tenantId, UserId = user.Id, Session = slug });
        db.Add(new IdempotencyRecord { TenantId = tenantId, ActorId = user.Id, Key = "k", RequestHash = [1] });
        db.Add(new SignInAttempt { TenantId = tenantId, MailboxId = mailbox.Id, Protocol = MailProtocol.Imap, RemoteAddress = "127.0.0.1", Mechanism = "PLAIN", Result = MailSignInResult.Succeeded });
        db.Add(new ConnectivityCheck { TenantId = tenantId, MailboxId = mailbox.Id, Protocol = MailProtocol.Imap, Endpoint = "a:993", Credential = "service", Verdict = "worksAsAllowed", Steps = nothing, RequestedBy = slug });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        db.Add(new MailMessage { TenantId = tenantId, FolderId = folder.Id, Uid = 1, ContentId = content.Id, Size = 1 });
        db.Add(new MailStore { TenantId = tenantId, MailboxId = mailbox.Id, LastUidValidity = 1 });
        db.Add(new MailSubscription { TenantId = tenantId, MailboxId = mailbox.Id, Name = "INBOX" });
        db.Add(new MailExpunged { TenantId = tenantId, FolderId = folder.Id, Uid = 2, ModSeq = 2 });
        db.Add(new MailGarbage { TenantId = tenantId, ContentId = content.Id });
        var relayed = new RelayedMessage { TenantId = tenantId, Id = Guid.CreateVersion7(), MailboxId = mailbox.Id, Sender = mailbox.Address, Content = [1] };
        db.Add(relayed);
        db.Add(new RelayedRecipient { TenantId = tenantId, MessageId = relayed.Id, Position = 1, Address = "somebody@elsewhere.example" });
        db.Add(new MailSending { TenantId = tenantId, MailboxId = mailbox.Id, Hour = DateTimeOffset.UnixEpoch });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>Contexts outside the application's container.</summary>
internal static class ServingContext
{
    public static PortalDbContext Create(string servingConnectionString, TenantScope scope)
    {
        var options = new DbContextOptionsBuilder<PortalDbContext>()
            .UseNpgsql(servingConnectionString)
            .UseSnakeCaseNamingConvention()
            .UseApplicationServiceProvider(PortalDbContextFactory.IdentityServices)
            .AddInterceptors(TenantWall.Instance)
            .Options;
        return new(options, scope);
    }
}

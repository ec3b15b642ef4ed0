using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>
/// Effective access has two homes: the SQL view that logins obey and the C# that explains it; the filter of lists has a shortcut. Random worlds (a tenant, its domains, plans,
/// mailboxes, and exceptions that begin and end around this very moment) hold them all equal.
/// </summary>
public sealed class EffectiveAccessTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Worlds = 25;
    private const int MailboxesInAWorld = 120;

    private static readonly Gen<AccessSetting> Setting = Gen.Enum<AccessSetting>();
    private static readonly Gen<AccessSettings> Settings = Gen.Select(Setting, Setting, Setting, (pop3, imap, smtp) => new AccessSettings(pop3, imap, smtp));
    private static readonly Gen<AccessSetting> OnOrOff = OneOf(AccessSetting.Enabled, AccessSetting.Disabled);
    private static readonly Gen<AccessSettings> TenantSettings = Gen.Select(OnOrOff, OnOrOff, OnOrOff, (pop3, imap, smtp) => new AccessSettings(pop3, imap, smtp));

    // Seconds from now, the moment itself included: an exception holds from its start on, and no longer at its end.
    private static readonly Gen<int> Start = OneOf(-3600, -1, 0, 1, 3600);
    private static readonly Gen<int?> End = OneOf<int?>(-60, 0, 1, 7200, null);

    private static readonly Gen<ExceptionDraft> Exception = Gen.Select(Gen.Enum<MailProtocol>(), Gen.Enum<ExceptionEffect>(), Start, End, (protocol, effect, start, end) =>
        new ExceptionDraft(protocol, effect, start, effect == ExceptionEffect.Allow ? end ?? 600 : end));

    private static readonly Gen<MailboxDraft> MailboxDrafts = Gen.Select(Gen.Int[0, 2], Gen.Int[-1, 2], Settings, Exception.List[0, 3],
        (domain, plan, settings, exceptions) => new MailboxDraft(domain, plan, settings, exceptions));

    private static readonly Gen<World> Random = Gen.Select(TenantSettings, Settings.Array[3], Settings.Array[3], MailboxDrafts.Array[MailboxesInAWorld],
        (tenant, domains, plans, mailboxes) => new World(tenant, domains, plans, mailboxes));

    [Fact]
    public async Task The_view_that_logins_obey_the_explanation_and_the_filter_always_agree() =>
        await Random.SampleAsync(async world => await AgreeAsync(world), iter: Worlds, threads: 1);

    [Fact]
    public void An_explanation_names_every_layer_strongest_first_and_exactly_one_that_wins() => Random.Sample(world =>
    {
        var at = DateTimeOffset.UnixEpoch;
        foreach (var draft in world.Mailboxes)
        {
            var layers = world.LayersOf(draft, at);
            foreach (var protocol in MailAccess.Protocols)
            {
                var explained = MailAccess.Explain(layers, protocol, at);
                var winner = Assert.Single(explained, layer => layer.Wins);
                Assert.Equal(MailAccess.Decide(layers, protocol, at).Allowed, winner.Setting == AccessSetting.Enabled);
                Assert.Equal(explained.Select(layer => layer.Layer).Order(), explained.Select(layer => layer.Layer));
                Assert.All(explained.TakeWhile(layer => !layer.Wins), layer => Assert.Equal(AccessSetting.Inherit, layer.Setting));
            }
        }
    }, iter: Worlds);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(n => values[n]);

    private async Task AgreeAsync(World world)
    {
        var scope = new TenantScope();
        scope.Enter(Guid.CreateVersion7());
        await using var db = ServingContext.Create(database.ServingConnectionString, scope);
        // One transaction has one now(), so that the moment itself can be tested; nothing of it is kept.
        await using var transaction = await db.Database.BeginTransactionAsync();
        var now = await NowAsync(db, transaction);
        await SettleAsync(db, world, scope.TenantId!.Value, now);

        var layers = await db.LoadAccessLayersAsync(await db.Mailboxes.Select(m => m.Id).ToListAsync(), now, CancellationToken.None);
        var rows = await ReadViewAsync(db, transaction);

        foreach (var protocol in MailAccess.Protocols)
            Assert.Equal(
                rows.Where(row => row.Protocol == protocol && row.Allowed).Select(row => row.Mailbox).Order(),
                (await FindAsync(db, transaction, protocol, scope.TenantId.Value)).Order());

        Assert.Equal(MailboxesInAWorld * MailAccess.Protocols.Count, rows.Count);
        foreach (var (mailbox, protocol, allowed, decidedBy) in rows)
        {
            var decision = layers[mailbox].Decide(protocol, now);
            Assert.Equal((allowed, decidedBy), (decision.Allowed, decision.DecidedBy));
        }
    }

    private static async Task SettleAsync(PortalDbContext db, World world, Guid tenantId, DateTimeOffset now)
    {
        var token = CancellationToken.None;
        db.Tenants.Add(new() { Id = tenantId, Slug = $"t{tenantId:N}", Name = "Random", Access = world.Tenant });
        var domains = world.Domains.Select((settings, n) => new Domain { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = $"d{n}.{tenantId:N}.example", Access = settings }).ToList();
        var plans = world.Plans.Select((settings, n) => new Plan { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = $"Plan {n}", Access = settings }).ToList();
        var pod = new Pod { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = "Pod", Kind = PodKind.Embedded };
        db.AddRange([.. domains, .. plans, pod]);
        await db.SaveChangesAsync(token);

        foreach (var (n, draft) in world.Mailboxes.Index())
        {
            var mailbox = new Mailbox
            {
                TenantId = tenantId,
                Id = Guid.CreateVersion7(),
                Address = $"m{n}@{domains[draft.Domain].Name}",
                DisplayName = $"Mailbox {n}",
                DomainId = domains[draft.Domain].Id,
                PlanId = draft.Plan < 0 ? null : plans[draft.Plan].Id,
                PodId = pod.Id,
                Access = draft.Settings,
            };
            db.Add(mailbox);
            db.AddRange(draft.Exceptions.Select(e => e.At(now, tenantId, mailbox.Id)));
        }
        await db.SaveChangesAsync(token);
    }

    private static async Task<DateTimeOffset> NowAsync(PortalDbContext db, IDbContextTransaction transaction)
    {
        await using var command = Command(db, transaction, "SELECT now()");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return reader.GetFieldValue<DateTimeOffset>(0);
    }

    private static async Task<List<(Guid Mailbox, MailProtocol Protocol, bool Allowed, DecidedBy DecidedBy)>> ReadViewAsync(
        PortalDbContext db, IDbContextTransaction transaction)
    {
        await using var command = Command(db, transaction, "SELECT mailbox_id, protocol, allowed, decided_by FROM effective_mail_access");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(Guid, MailProtocol, bool, DecidedBy)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetGuid(0), (MailProtocol)reader.GetInt16(1), reader.GetBoolean(2), (DecidedBy)reader.GetInt16(3)));
        return rows;
    }

    /// <summary>Who may use the protocol, as the filter of lists and bulk changes finds them.</summary>
    private static async Task<List<Guid>> FindAsync(PortalDbContext db, IDbContextTransaction transaction, MailProtocol protocol, Guid tenantId)
    {
        await using var command = Command(db, transaction, "");
        var filter = protocol switch
        {
            MailProtocol.Pop3 => new MailboxFilter { Pop3 = true },
            MailProtocol.Imap => new MailboxFilter { Imap = true },
            _ => new MailboxFilter { Smtp = true },
        };
        command.CommandText = $"SELECT m.id FROM mailbox m WHERE {filter.ToSql(command.Parameters, tenantId)}";
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<Guid>();
        while (await reader.ReadAsync()) found.Add(reader.GetGuid(0));
        return found;
    }

    private static NpgsqlCommand Command(PortalDbContext db, IDbContextTransaction transaction, string sql) =>
        new(sql, (NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)transaction.GetDbTransaction());

    private sealed record ExceptionDraft(MailProtocol Protocol, ExceptionEffect Effect, int StartSeconds, int? EndSeconds)
    {
        public AccessException At(DateTimeOffset now, Guid tenantId, Guid mailboxId) => new()
        {
            TenantId = tenantId,
            Id = Guid.CreateVersion7(),
            MailboxId = mailboxId,
            Protocol = Protocol,
            Effect = Effect,
            Reason = "Random",
            StartsAt = now.AddSeconds(StartSeconds),
            EndsAt = EndSeconds is { } end ? now.AddSeconds(end) : null,
            CreatedBy = "test",
        };
    }

    private sealed record MailboxDraft(int Domain, int Plan, AccessSettings Settings, IReadOnlyList<ExceptionDraft> Exceptions);

    private sealed record World(AccessSettings Tenant, AccessSettings[] Domains, AccessSettings[] Plans, MailboxDraft[] Mailboxes)
    {
        public AccessLayers LayersOf(MailboxDraft draft, DateTimeOffset at) => new(
            Tenant, Domains[draft.Domain], draft.Plan < 0 ? null : Plans[draft.Plan], draft.Settings,
            draft.Exceptions.Select(e => e.At(at, Guid.Empty, Guid.Empty)).ToList());
    }
}

using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>The filter beyond a single "on" or "off", which EffectiveAccessTests hold equal to the view.</summary>
public sealed class MailboxFilterTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly Gen<AccessSetting> AnySetting = Gen.Int[0, 2].Select(n => (AccessSetting)n);
    private static readonly Gen<AccessSettings> AnySettings = Gen.Select(AnySetting, AnySetting, AnySetting, (pop3, imap, smtp) => new AccessSettings(pop3, imap, smtp));
    private readonly Guid tenantId = Guid.CreateVersion7();
    private DatabaseCopy? database;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => database = await (await cluster.StartedAsync()).CopyAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        if (database is not null) await database.DisposeAsync();
    }

    [Fact]
    public async Task Two_protocols_together_are_both_asked_for()
    {
        await FillAsync(mailboxes: 300);

        var told = await IdsAsync(_ =>
            """
            SELECT p.mailbox_id FROM effective_mail_access p JOIN effective_mail_access s USING (tenant_id, mailbox_id)
            WHERE p.protocol = 1 AND NOT p.allowed AND s.protocol = 3 AND s.allowed
            """);
        var filtered = await IdsAsync(parameters => $"SELECT m.id FROM mailbox m WHERE {new MailboxFilter { Pop3 = false, Smtp = true }.ToSql(parameters, tenantId)}");

        Assert.NotEmpty(told);
        Assert.Equal(told.Order(), filtered.Order());
    }

    [Theory]
    [InlineData("b")]
    [InlineData("box1")]
    public async Task A_page_looks_no_further_than_it_was_told(string search)
    {
        await FillAsync(mailboxes: 300);

        var found = await IdsAsync(parameters => $"SELECT m.id FROM mailbox m WHERE {new MailboxFilter { Search = search }.ToSql(parameters, tenantId, mostFound: 10)}");

        Assert.InRange(found.Count, 1, 30);
    }

    private async Task<List<Guid>> IdsAsync(Func<NpgsqlParameterCollection, string> sql)
    {
        await using var source = NpgsqlDataSource.Create(database!.ServingConnectionString);
        await using var connection = await TenantConnection.OpenAsync(source, tenantId, Cancel);
        await using var command = new NpgsqlCommand { Connection = connection };
        command.CommandText = sql(command.Parameters);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(Cancel)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    /// <summary>Random layers, and for every third mailbox a few exceptions, among them some that are over and some that have not begun.</summary>
    private async Task FillAsync(int mailboxes)
    {
        var scope = new TenantScope();
        scope.Enter(tenantId);
        await using var db = ServingContext.Create(database!.ServingConnectionString, scope);
        db.Add(new Tenant { Id = tenantId, Slug = "filtered", Name = "Filtered", Access = new(AccessSetting.Enabled, AccessSetting.Disabled, AccessSetting.Enabled) });
        var domains = AnySettings.Array[4].Single().Select((access, n) => new Domain { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = $"d{n}.example", Access = access, ActiveSince = DateTimeOffset.UnixEpoch }).ToList();
        var plans = AnySettings.Array[4].Single().Select((access, n) => new Plan { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = $"Plan {n}", Access = access }).ToList();
        var pod = new Pod { TenantId = tenantId, Id = Guid.CreateVersion7(), Name = "Pod", Kind = PodKind.Embedded };
        db.AddRange(domains);
        db.AddRange(plans);
        db.Add(pod);
        await db.SaveChangesAsync(Cancel);

        var now = await db.Database.SqlQuery<DateTimeOffset>($"SELECT now() AS \"Value\"").SingleAsync(Cancel);
        foreach (var (access, n) in AnySettings.Array[mailboxes].Single().Select((access, n) => (access, n)))
        {
            var mailbox = new Mailbox
            {
                TenantId = tenantId,
                Id = Guid.CreateVersion7(),
                Address = $"box{n}@{domains[n % 4].Name}",
                DisplayName = $"Box {n}",
                DomainId = domains[n % 4].Id,
                PlanId = n % 5 == 4 ? null : plans[n % 5].Id,
                PodId = pod.Id,
                Access = access,
            };
            db.Add(mailbox);
            if (n % 3 == 0) db.AddRange(Exceptions(mailbox, now, n));
        }
        await db.SaveChangesAsync(Cancel);
    }

    private static IEnumerable<AccessException> Exceptions(Mailbox mailbox, DateTimeOffset now, int n) => Enumerable.Range(0, 1 + n % 2).Select(k => new AccessException
    {
        TenantId = mailbox.TenantId,
        Id = Guid.CreateVersion7(),
        MailboxId = mailbox.Id,
        Protocol = MailAccess.Protocols[(n + k) / 3 % 3],
        Effect = (n / 3 + k) % 2 == 0 ? ExceptionEffect.Deny : ExceptionEffect.Allow,
        Reason = "Test",
        CreatedBy = "test",
        StartsAt = now.AddHours((n / 9 % 3) - 1).AddMinutes(-5),
        EndsAt = now.AddHours((n / 9 % 3) - 1).AddMinutes(30),
    });
}

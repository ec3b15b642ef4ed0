using System.Diagnostics;
using AdminPortal.Data;
using AdminPortal.Tests.Features.MailAccess;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.Operations;

/// <summary>
/// Bad luck in the middle of a bulk change or an import: the worker's process is killed (SIGKILL, no goodbye), or PostgreSQL ends its
/// connection. The change stands still in the middle because somebody holds the last mailbox's row.
/// </summary>
public sealed class KilledInTheMiddleTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private const int Mailboxes = 12;
    private static readonly AccessSettings Pop3IsOff = AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled };

    public static TheoryData<string> Kinds => ["access change", "import"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_worker_killed_in_the_middle_leaves_nothing_of_it_and_the_next_worker_does_all_of_it_once(string kind)
    {
        var (tenant, admin, mailboxes) = await ArrangeAsync();
        await using var somebody = await RowLock.TakeAsync(portal.Database, mailboxes[^1]);
        var operation = await QueueAsync(kind, tenant, admin, mailboxes);

        await using (var worker = Worker.Start(portal))
        {
            await somebody.UntilAwaitedAsync();
            await worker.KillAsync();
        }
        Assert.Equal("running", (await admin.ReadAsync(operation).JsonAsync()).At("state"));
        Assert.All(await SettingsAsync(tenant), settings => Assert.Equal(AccessSettings.Inherited, settings));

        await somebody.DisposeAsync();
        await using var next = Worker.Start(portal);

        await AssertDoneOnceAsync(tenant, admin, operation);
    }

    [Fact]
    public async Task A_database_that_ends_the_connection_leaves_nothing_of_it_and_the_worker_goes_on_by_itself()
    {
        var (tenant, admin, mailboxes) = await ArrangeAsync();
        await using var somebody = await RowLock.TakeAsync(portal.Database, mailboxes[^1]);
        var operation = await QueueAsync("access change", tenant, admin, mailboxes);
        await using var worker = Worker.Start(portal);

        await somebody.UntilAwaitedAsync();
        await somebody.TerminateWaitingAsync();
        await somebody.UntilAwaitedByAnotherAsync();
        Assert.All(await SettingsAsync(tenant), settings => Assert.Equal(AccessSettings.Inherited, settings));

        await somebody.DisposeAsync();

        await AssertDoneOnceAsync(tenant, admin, operation);
    }

    private async Task<(TestTenant, HttpClient, IReadOnlyList<TestMailbox>)> ArrangeAsync()
    {
        var tenant = await portal.NewTenantAsync();
        var mailboxes = new List<TestMailbox>();
        for (var n = 0; n < Mailboxes; n++) mailboxes.Add(await portal.NewMailboxAsync(tenant));
        return (tenant, await portal.ApiAsync(tenant, PortalRole.TenantAdmin), mailboxes);
    }

    private static async Task<string> QueueAsync(string kind, TestTenant tenant, HttpClient admin, IReadOnlyList<TestMailbox> mailboxes)
    {
        var accepted = kind == "import"
            ? await admin.PostAsync($"{tenant.Api}/imports", FileOf(mailboxes), TestContext.Current.CancellationToken)
            : await admin.PostAsync(
                $"{tenant.Api}/access-changes", new { selection = new { ids = mailboxes.Select(m => m.Id) }, changes = new { pop3 = "disabled" } });
        return accepted.Headers.Location!.ToString();
    }

    private static StringContent FileOf(IReadOnlyList<TestMailbox> mailboxes) => new(
        "PrimarySmtpAddress,PopEnabled\n" + string.Join('\n', mailboxes.Select(m => $"{m.Address},False")), System.Text.Encoding.UTF8, "text/csv");

    private async Task AssertDoneOnceAsync(TestTenant tenant, HttpClient admin, string operation)
    {
        await admin.GetStringAsync($"{operation}/events", TestContext.Current.CancellationToken);
        var ended = await admin.ReadAsync(operation).JsonAsync();
        Assert.Equal(("succeeded", $"{Mailboxes}"), (ended.At("state"), ended.At("changed")));
        Assert.All(await SettingsAsync(tenant), settings => Assert.Equal(Pop3IsOff, settings));
        Assert.Equal(Mailboxes, (await portal.AuditAsync(tenant)).Count(e => e.Action == AuditActions.MailAccessChanged));
    }

    private Task<List<AccessSettings>> SettingsAsync(TestTenant tenant) =>
        portal.LookAsync(tenant, db => db.Mailboxes.Select(m => m.Access).ToListAsync(TestContext.Current.CancellationToken));

    /// <summary>The portal as a process of its own that only works on the queue.</summary>
    private sealed class Worker : IAsyncDisposable
    {
        private readonly Process process;

        private Worker(Process process) => this.process = process;

        public static Worker Start(PortalFactory portal) => new(Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll")])
        {
            Environment =
            {
                ["ConnectionStrings__Portal"] = portal.Database.ServingConnectionString,
                ["Portal__DataFolder"] = portal.DataFolder,
                ["Portal__Roles"] = "worker",
                ["Portal__HttpPort"] = "0",
                ["Portal__HttpsPort"] = "",
                ["Jobs__Lease"] = "00:00:02",
                ["Jobs__RenewEvery"] = "00:00:00.3",
                ["Logging__LogLevel__Default"] = "Error",
            },
        })!);

        /// <summary>SIGKILL.</summary>
        public async Task KillAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited) await KillAsync();
            process.Dispose();
        }
    }
}

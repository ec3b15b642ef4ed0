using AdminPortal.Data;
using AdminPortal.Features.Mailboxes.Import;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed class ApplyTests(ImportRoom room) : IClassFixture<ImportRoom>
{
    [Fact]
    public async Task An_import_changes_what_differs_records_each_mailbox_and_forgets_the_file()
    {
        var tenant = await room.NewTenantAsync();
        var alice = await tenant.AddMailboxAsync("alice");
        await tenant.AddMailboxAsync("bob", m => m.Access = new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Enabled));
        await tenant.AddMailboxAsync("carol");

        var operation = await tenant.ImportAsync("""
            PrimarySmtpAddress,PopEnabled,ImapEnabled,SmtpClientAuthenticationDisabled
            alice@,False,True,
            bob@,True,False,
            carol@,True,True,
            """);

        Assert.Equal(
            (OperationState.Succeeded, 3, 2, 1, 0),
            (operation.State, operation.Total, operation.Changed, operation.Unchanged, operation.Refused));
        Assert.Equal("Disabled Inherit Inherit", await tenant.SettingsAsync("alice"));
        Assert.Equal("Enabled Disabled Inherit", await tenant.SettingsAsync("bob"));
        Assert.Equal("Inherit Inherit Inherit", await tenant.SettingsAsync("carol"));
        Assert.Equal(
            [
                """mailAccess.changed alice {"pop3": "inherit"}->{"pop3": "disabled"}""",
                """mailAccess.changed bob {"imap": "inherit", "pop3": "disabled", "smtp": "enabled"}->{"imap": "disabled", "pop3": "enabled", "smtp": "inherit"}""",
                """import.applied mailboxes.csv ->{"changed": 2, "created": 0, "refused": 0}""",
            ],
            (await tenant.AuditAsync()).Order(StringComparer.Ordinal).OrderByDescending(line => line[0]));
        Assert.Equal(2, (await tenant.MailboxAsync("alice")).Version);
        Assert.Equal(["Quarterly review admin"], await room.AskAsync($"SELECT DISTINCT reason || ' ' || actor_name FROM audit_event WHERE operation_id = '{operation.Id}'"));
        Assert.Equal(
            [$"{alice.Id} changed", "changed"],
            await room.AskAsync($"SELECT (CASE WHEN mailbox_id = '{alice.Id}' THEN mailbox_id || ' ' ELSE '' END) || outcome FROM operation_item WHERE operation_id = '{operation.Id}' ORDER BY position"));
        Assert.Equal(["1"], await room.AskAsync($"SELECT count(*) FROM change_feed WHERE tenant_id = '{tenant.Id}'"));
        Assert.Equal(["0"], await room.AskAsync($"SELECT count(*) FROM import_chunk WHERE tenant_id = '{tenant.Id}'"));
    }

    [Fact]
    public async Task What_is_in_effect_already_stays_inherited_unless_every_value_is_wanted()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("frontline", plan: "Frontline");
        const string file = "PrimarySmtpAddress,PopEnabled,ImapEnabled\nfrontline@,True,False\n";

        await tenant.ImportAsync(file);
        Assert.Equal("Inherit Inherit Inherit", await tenant.SettingsAsync("frontline"));

        await tenant.ImportAsync(file, new ImportChoices(Explicit: true));
        Assert.Equal("Enabled Disabled Inherit", await tenant.SettingsAsync("frontline"));
    }

    [Fact]
    public async Task A_file_is_compared_with_the_settings_and_not_with_an_exception_that_ends()
    {
        var tenant = await room.NewTenantAsync();
        var alice = await tenant.AddMailboxAsync("alice");
        await tenant.InAsync(db =>
        {
            db.Add(new AccessException { TenantId = tenant.Id, MailboxId = alice.Id, Protocol = MailProtocol.Pop3, Effect = ExceptionEffect.Deny, Reason = "Lost phone", CreatedBy = "admin" });
            return db.SaveChangesAsync(TestContext.Current.CancellationToken);
        });

        await tenant.ImportAsync("PrimarySmtpAddress,PopEnabled\nalice@,False\n");

        Assert.Equal("Disabled Inherit Inherit", await tenant.SettingsAsync("alice"));
    }

    [Fact]
    public async Task A_new_mailbox_is_created_with_its_plan_its_identities_and_those_addresses_that_are_free()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("taken");
        var (directoryId, guid) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var operation = await tenant.ImportAsync($"""
            PrimarySmtpAddress,DisplayName,Name,Plan,ExternalDirectoryObjectId,Guid,UserPrincipalName,EmailAddresses,PopEnabled,ImapEnabled
            new@,Nils Newman,nils,Frontline,{directoryId},{guid},nils@directory.example,SMTP:new@ smtp:nils@ smtp:taken@ smtp:nils@contoso.onmicrosoft.com,False,False
            """);

        var created = await tenant.MailboxAsync("new");
        Assert.Equal((1, 0), (operation.Changed, operation.Refused));
        Assert.Equal(("Nils Newman", directoryId.ToString(), guid, "nils@directory.example", "nils"),
            (created.DisplayName, created.ExternalId, created.ExchangeGuid, created.UserPrincipalName, created.ExchangeName));
        Assert.Equal("Disabled Inherit Inherit", await tenant.SettingsAsync("new"));
        Assert.Equal([$"nils@{tenant.Domain}"], created.Aliases.Select(alias => alias.Address));
        Assert.Equal(
            $$"""mailbox.created new ->{"pop3": "disabled", "address": "new@{{tenant.Domain}}", "displayName": "Nils Newman"}""",
            (await tenant.AuditAsync())[0]);
        Assert.Equal(["2"], await room.AskAsync($"SELECT mailboxes FROM tenant_counter WHERE tenant_id = '{tenant.Id}'"));
    }

    [Fact]
    public async Task Refused_lines_block_the_import_until_somebody_says_to_leave_them_out()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("alice");
        const string file = "PrimarySmtpAddress,PopEnabled\nalice@,False\nbob@elsewhere.example,False\ncarol@,perhaps\n";

        var blocked = await tenant.ImportAsync(file);
        Assert.Equal((OperationState.Failed, ImportErrors.LinesRefused), (blocked.State, blocked.Error));
        Assert.Equal("Inherit Inherit Inherit", await tenant.SettingsAsync("alice"));
        Assert.Empty(await tenant.AuditAsync());
        Assert.Equal(["3 foreignDomain", "4 badValue"], await ItemsAsync(blocked));

        var applied = await tenant.ImportAsync(file, skipRefused: true);
        Assert.Equal((OperationState.Succeeded, 1, 2), (applied.State, applied.Changed, applied.Refused));
        Assert.Equal("Disabled Inherit Inherit", await tenant.SettingsAsync("alice"));
        Assert.Equal(["2 changed", "3 foreignDomain", "4 badValue"], await ItemsAsync(applied));
    }

    private Task<List<string>> ItemsAsync(Operation operation) => room.AskAsync(
        $"SELECT position || ' ' || coalesce(why, outcome) FROM operation_item WHERE operation_id = '{operation.Id}' ORDER BY position");

    [Fact]
    public async Task A_preview_with_refused_lines_is_not_accepted_for_application()
    {
        var tenant = await room.NewTenantAsync();
        var stored = Assert.IsType<UploadOutcome.Stored>(await tenant.UploadAsync("PrimarySmtpAddress,PopEnabled\nbroken,False\n"));

        Assert.Equal(1, Assert.IsType<ApplyOutcome.LinesRefused>(await tenant.AskToApplyAsync(stored.ImportId)).Count);
        Assert.IsType<ApplyOutcome.Accepted>(await tenant.AskToApplyAsync(stored.ImportId, skipRefused: true));
        await tenant.RunOperationsAsync();
    }

    [Fact]
    public async Task Asking_twice_gives_one_operation_and_a_foreign_import_is_not_found()
    {
        var (tenant, other) = (await room.NewTenantAsync(), await room.NewTenantAsync());
        await tenant.AddMailboxAsync("alice");
        var stored = Assert.IsType<UploadOutcome.Stored>(await tenant.UploadAsync("PrimarySmtpAddress,PopEnabled\nalice@,False\n"));

        var first = await tenant.AskToApplyAsync(stored.ImportId);
        await tenant.RunOperationsAsync();

        var second = await tenant.AskToApplyAsync(stored.ImportId);
        Assert.Equal(Assert.IsType<ApplyOutcome.Accepted>(first).Operation.Id, Assert.IsType<ApplyOutcome.Accepted>(second).Operation.Id);
        Assert.IsType<ApplyOutcome.NotFound>(await other.AskToApplyAsync(stored.ImportId));
    }

    [Fact]
    public async Task Applied_again_the_same_file_changes_nothing()
    {
        var tenant = await room.NewTenantAsync();
        await tenant.AddMailboxAsync("alice");
        const string file = "PrimarySmtpAddress,PopEnabled\nalice@,False\nnew@,False\n";
        await tenant.ImportAsync(file);

        var again = await tenant.ImportAsync(file);

        Assert.Equal((OperationState.Succeeded, 0, 2), (again.State, again.Changed, again.Unchanged));
    }

    [Fact]
    public async Task PostgreSQL_killed_in_the_middle_leaves_nothing_done_and_the_next_worker_does_all_of_it()
    {
        var tenant = await room.NewTenantAsync();
        for (var i = 0; i < 20; i++)
            await tenant.AddMailboxAsync($"user{i}");
        var rows = string.Concat(Enumerable.Range(0, 25).Select(i => $"user{i}@,False\n"));
        var stored = Assert.IsType<UploadOutcome.Stored>(await tenant.UploadAsync($"PrimarySmtpAddress,PopEnabled\n{rows}"));
        var accepted = Assert.IsType<ApplyOutcome.Accepted>(await tenant.AskToApplyAsync(stored.ImportId));

        // Somebody holds one of the mailboxes, so the import stops in its middle and can be killed there.
        await using (var source = NpgsqlDataSource.Create(room.SuperuserConnectionString))
        await using (var somebody = await source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await somebody.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await new NpgsqlCommand($"SELECT FROM mailbox WHERE address = 'user19@{tenant.Domain}' FOR UPDATE", somebody).ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var work = tenant.Worker().RunNextAsync(TestContext.Current.CancellationToken);
            await KillWhoWaitsAsync(source, unless: work);
            await work;
        }

        Assert.Equal(OperationState.Queued, (await tenant.OperationAsync(accepted.Operation.Id)).State);
        Assert.Empty(await tenant.AuditAsync());
        Assert.Equal(20, await tenant.InAsync(db => db.Mailboxes.CountAsync(m => m.Access.Pop3 == AccessSetting.Inherit, TestContext.Current.CancellationToken)));

        await tenant.RunOperationsAsync();

        var done = await tenant.OperationAsync(accepted.Operation.Id);
        Assert.Equal((OperationState.Succeeded, 25), (done.State, done.Changed));
        Assert.Equal(25, await tenant.InAsync(db => db.Mailboxes.CountAsync(m => m.Access.Pop3 == AccessSetting.Disabled, TestContext.Current.CancellationToken)));
        Assert.Equal(26, (await tenant.AuditAsync()).Count);
    }

    private static async Task KillWhoWaitsAsync(NpgsqlDataSource source, Task unless)
    {
        await using var kill = source.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%import_change%'");
        while (await kill.ExecuteScalarAsync(TestContext.Current.CancellationToken) is not true)
            Assert.False(unless.IsCompleted, "The import ended without waiting for the mailbox that somebody holds.");
    }
}

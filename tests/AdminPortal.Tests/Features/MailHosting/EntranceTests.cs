using System.Text;
using AdminPortal.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>The mail server's entrances across tenants: what each may see and do, and nothing more.</summary>
public sealed class EntranceTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CrossTenant Entrances => house.First.Services.GetRequiredService<CrossTenant>();

    [Theory]
    [InlineData("claim_relayed_message")]
    [InlineData("deliver_mail")]
    [InlineData("find_full_mailboxes")]
    [InlineData("trim_relayed_messages")]
    [InlineData("find_mail_recipient")]
    [InlineData("find_overdue_mail_sessions")]
    [InlineData("mail_folder_positions")]
    [InlineData("remove_mail_garbage")]
    public async Task Only_the_serving_role_may_call(string entrance)
    {
        await using var source = NpgsqlDataSource.Create(house.Database.OwnerConnectionString);
        await using var command = source.CreateCommand(
            """
            SELECT r.rolname::text FROM pg_roles r, pg_proc p
            WHERE p.proname = $1 AND r.rolname IN ('portal_app', 'mail_reader', 'portal_reader') AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
            """);
        command.Parameters.Add(new() { Value = entrance });

        Assert.Equal("portal_app", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task An_address_leads_to_ids_and_to_how_its_mailbox_is_served()
    {
        var their = house.Fabrikam;

        Assert.Equal(new(their.Id, their.Anna.Id, PodKind.Embedded, 0), await FindAsync("anna@fabrikam.example"));
        Assert.Equal(new(their.Id, their.Exchanger.Id, PodKind.ExchangeScript, 0), await FindAsync("exchanger@fabrikam.example"));
        Assert.Equal(new(their.Id, null, null, 0), await FindAsync("nobody@fabrikam.example"));
        Assert.Null(await FindAsync("anna@elsewhere.example"));

        async Task<MailRecipient?> FindAsync(string address) =>
            await Entrances.FindMailRecipientAsync(address, long.MaxValue, Token) is { } found ? found with { Room = 0 } : null;
    }

    [Fact]
    public async Task Mail_is_not_put_into_a_mailbox_that_is_served_elsewhere_or_under_another_tenants_name()
    {
        var (ours, theirs) = (house.Contoso, house.Fabrikam);

        Assert.Null(await DeliverAsync((ours.Id, ours.Exchanger.Id)));
        Assert.Null(await DeliverAsync((ours.Id, theirs.Anna.Id)));
        Assert.Null(await DeliverAsync((ours.Id, ours.Anna.Id), (theirs.Id, Guid.CreateVersion7())));
        var delivered = Assert.Single((await DeliverAsync((theirs.Id, theirs.Anna.Id)))!);
        Assert.Equal((theirs.Anna.Id, 1L), (delivered.MailboxId, delivered.Uid));
    }

    [Fact]
    public async Task A_folders_position_is_told_to_whoever_names_it_with_its_tenant_and_nothing_else()
    {
        var person = await house.NewcomerAsync(house.Fabrikam);
        await using var session = await house.First.EnterAsync(person);
        await session.Store.ListFoldersAsync(Token);
        await using var db = house.Serving(house.Fabrikam);
        var inbox = db.MailFolders.Single(f => f.MailboxId == person.Id && f.Name == "INBOX").Id;

        Assert.Equal([KeyValuePair.Create(inbox, 1L)], await Entrances.MailFolderPositionsAsync([(house.Fabrikam.Id, inbox)], Token));
        Assert.Empty(await Entrances.MailFolderPositionsAsync([(house.Contoso.Id, inbox)], Token));
    }

    [Fact]
    public async Task Of_live_sessions_only_those_that_must_end_are_named_with_the_reason()
    {
        var (off, gone) = (await house.NewcomerAsync(house.Contoso), await house.NewcomerAsync(house.Fabrikam));
        await house.SwitchAsync(off, MailProtocol.Pop3, AccessSetting.Disabled);
        var live = new LiveSessions(TimeProvider.System);
        var fine = live.Enter(off.At.Id, off.Id, MailProtocol.Imap, "192.0.2.7", null);
        var switchedOff = live.Enter(off.At.Id, off.Id, MailProtocol.Pop3, "192.0.2.7", null);
        var foreignCredential = live.Enter(gone.At.Id, gone.Id, MailProtocol.Imap, "192.0.2.7", Guid.CreateVersion7());
        var underAnotherTenant = live.Enter(house.Contoso.Id, gone.Id, MailProtocol.Imap, "192.0.2.7", null);

        var overdue = await Entrances.FindOverdueAsync([fine, switchedOff, foreignCredential, underAnotherTenant], Token);

        Assert.Equal(
            [
                (switchedOff, SessionEnding.AccessDisabled), (underAnotherTenant, SessionEnding.Disconnected),
                (foreignCredential, SessionEnding.CredentialRevoked),
            ],
            overdue.OrderBy(o => o.Why));
    }

    private Task<IReadOnlyList<DeliveredMail>?> DeliverAsync(params (Guid TenantId, Guid MailboxId)[] recipients) =>
        Entrances.DeliverMailAsync(recipients, [], new MemoryStream(Encoding.ASCII.GetBytes("A: b\r\n\r\n")), 8, Token);
}

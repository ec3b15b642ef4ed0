using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Delivery;
using AdminPortal.MailServer;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

public sealed class SubmissionTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("anna@contoso.example", SenderOutcome.Accepted)]
    [InlineData("ANNA@contoso.example", SenderOutcome.Accepted)]
    [InlineData("sales@contoso.example", SenderOutcome.Accepted)]
    [InlineData("", SenderOutcome.Accepted)]
    [InlineData("bruno@contoso.example", SenderOutcome.NotYours)]
    [InlineData("anna@fabrikam.example", SenderOutcome.NotYours)]
    [InlineData("anna@elsewhere.example", SenderOutcome.NotYours)]
    public async Task A_mailbox_sends_under_its_own_addresses_alone(string sender, SenderOutcome outcome)
    {
        await using var session = await house.First.EnterAsync(house.Contoso.Anna, Doors.Smtp);

        Assert.Equal(outcome, await session.Submission.CheckSenderAsync(sender, Token));
    }

    [Theory]
    [InlineData("bruno@contoso.example", RecipientOutcome.Accepted)]
    [InlineData("sales@contoso.example", RecipientOutcome.Accepted)]
    [InlineData("Anna@Fabrikam.example", RecipientOutcome.Accepted)]
    [InlineData("nobody@contoso.example", RecipientOutcome.NotFound)]
    [InlineData("exchanger@contoso.example", RecipientOutcome.RelayDenied)]
    [InlineData("somebody@elsewhere.example", RecipientOutcome.RelayDenied)]
    [InlineData("not-an-address", RecipientOutcome.RelayDenied)]
    public async Task Mail_goes_to_mailboxes_that_are_served_here(string recipient, RecipientOutcome outcome)
    {
        await using var session = await house.First.EnterAsync(house.Contoso.Anna, Doors.Smtp);

        Assert.Equal(outcome, await session.Submission.CheckRecipientAsync(recipient, 0, Token));
    }

    [Fact]
    public async Task One_message_arrives_once_in_every_mailbox_of_any_tenant_with_the_return_path_on_top()
    {
        var (here, there) = (await house.NewcomerAsync(house.Contoso), await house.NewcomerAsync(house.Fabrikam));
        await using var reader = await house.Second.EnterAsync(there);
        var inbox = Assert.IsType<OpenFolderOutcome.Opened>(await reader.Store.OpenFolderAsync("INBOX", false, Token));
        await using var session = await house.First.EnterAsync(house.Contoso.Anna, Doors.Smtp);

        var outcome = await session.Submission.SubmitAsync(
            new("sales@contoso.example", [new(here.Address), new(there.Address), new(here.Address.ToUpperInvariant())], Octets("Subject: hello\r\n\r\nText\r\n")), Token);

        Assert.NotEmpty(Assert.IsType<SubmitOutcome.Accepted>(outcome).QueueId);
        const string expected = "Return-Path: <sales@contoso.example>\r\nSubject: hello\r\n\r\nText\r\n";
        Assert.Equal([expected], await InboxAsync(here));
        Assert.Equal([expected], await InboxAsync(there));
        await inbox.Folder.WaitForChangesAsync(inbox.Snapshot.HighestModSeq, Token).WaitAsync(TimeSpan.FromSeconds(2), Token);
        await inbox.Folder.DisposeAsync();
    }

    [Fact]
    public async Task Who_asks_to_hear_of_success_finds_the_notice_in_the_own_INBOX()
    {
        var (sender, recipient) = (await house.NewcomerAsync(house.Contoso), await house.NewcomerAsync(house.Fabrikam));
        await using var session = await house.First.EnterAsync(sender, Doors.Smtp);

        await session.Submission.SubmitAsync(
            new(sender.Address, [new(recipient.Address, NotifyOn.Success)], Octets("Subject: hello\r\n\r\nText\r\n")) { EnvelopeId = "42" }, Token);

        Assert.Single(await InboxAsync(recipient));
        var notice = Assert.Single(await InboxAsync(sender));
        Assert.StartsWith("Return-Path: <>\r\n", notice, StringComparison.Ordinal);
        Assert.Contains($"Final-Recipient: rfc822; {recipient.Address}", notice, StringComparison.Ordinal);
        Assert.Contains("Original-Envelope-Id: 42", notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_goes_on_whatever_the_switches_of_the_recipient_say()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        foreach (var protocol in new[] { MailProtocol.Pop3, MailProtocol.Smtp }) await house.SwitchAsync(person, protocol, AccessSetting.Disabled);
        await using var session = await house.First.EnterAsync(house.Contoso.Anna, Doors.Smtp);

        await session.Submission.SubmitAsync(new("anna@contoso.example", [new(person.Address)], Octets("A: b\r\n\r\n")), Token);

        Assert.Single(await InboxAsync(person));
    }

    [Fact]
    public async Task When_one_recipient_is_gone_nobody_gets_the_message()
    {
        var (stays, goes) = (await house.NewcomerAsync(house.Contoso), await house.NewcomerAsync(house.Contoso));
        await using var session = await house.First.EnterAsync(house.Contoso.Anna, Doors.Smtp);
        Assert.Equal(RecipientOutcome.Accepted, await session.Submission.CheckRecipientAsync(goes.Address, 0, Token));
        await using (var db = house.Serving(house.Contoso))
        {
            db.Mailboxes.Remove(db.Mailboxes.Single(m => m.Id == goes.Id));
            await db.SaveChangesAsync(Token);
        }

        Assert.IsType<SubmitOutcome.Refused>(await session.Submission.SubmitAsync(new("anna@contoso.example", [new(stays.Address), new(goes.Address)], Octets("A: b\r\n\r\n")), Token));
        await using var source = Npgsql.NpgsqlDataSource.Create(house.Database.ServingConnectionString);
        Assert.Null(await new CrossTenant(source).DeliverMailAsync([(stays.At.Id, stays.Id), (goes.At.Id, goes.Id)], [], Octets("A: b\r\n\r\n"), 8, Token));
        Assert.Empty(await InboxAsync(stays));
    }

    [Fact]
    public async Task A_domain_whose_ownership_is_not_proven_receives_nothing()
    {
        await using (var db = house.Serving(house.Fabrikam))
        {
            db.Domains.Add(new() { TenantId = house.Fabrikam.Id, Id = Guid.CreateVersion7(), Name = "claimed.example" });
            await db.SaveChangesAsync(Token);
        }
        await using var session = await house.First.EnterAsync(house.Contoso.Anna, Doors.Smtp);

        Assert.Equal(RecipientOutcome.RelayDenied, await session.Submission.CheckRecipientAsync("anybody@claimed.example", 0, Token));
    }

    [Fact]
    public async Task A_message_is_delivered_for_the_portal_itself()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        var date = DateTimeOffset.UnixEpoch.AddYears(50);
        var handler = house.First.Services.GetRequiredService<DeliverMessage>();

        Assert.Equal(1u, await handler.HandleAsync(new(person.At.Id, person.Id, "INBOX", Octets("A: b\r\n\r\n").ToArray(), Seen: true, date), Token));
        Assert.Null(await handler.HandleAsync(new(person.At.Id, person.Id, "Nowhere", [], Seen: true), Token));

        await using var session = await house.Second.EnterAsync(person);
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync("INBOX", true, Token));
        Assert.Equal((MessageFlags.Seen, date), (opened.Snapshot.Messages.Single().Flags, opened.Snapshot.Messages.Single().InternalDate));
        await opened.Folder.DisposeAsync();
    }

    private Task<List<string>> InboxAsync(Person person) => house.Second.InboxAsync(person);

    private static MemoryStream Octets(string content) => new(Encoding.ASCII.GetBytes(content));
}

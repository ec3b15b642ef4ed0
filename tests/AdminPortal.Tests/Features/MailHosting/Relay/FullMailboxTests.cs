using AdminPortal.Data;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting.Relay;

/// <summary>Delivery obeys the quota of a mailbox and of its plan, and sending the limits of an hour.</summary>
public sealed class FullMailboxTests(RelayHouse relay) : IClassFixture<RelayHouse>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await relay.CalmAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_recipient_without_room_is_refused_before_the_message_is_sent()
    {
        var (sender, full, roomy) = (await PersonAsync(), await PersonAsync(), await PersonAsync());
        await QuotaAsync(full, 100);
        await QuotaAsync(roomy, 10_000);
        await using var session = await relay.Process.EnterAsync(sender, Doors.Smtp);
        Assert.Equal(RecipientOutcome.Accepted, await session.Submission.CheckRecipientAsync(full.Address, 100, Token));
        Assert.Equal(RecipientOutcome.OverQuota, await session.Submission.CheckRecipientAsync(full.Address, 101, Token));
        Assert.Equal(RecipientOutcome.Accepted, await session.Submission.CheckRecipientAsync(roomy.Address, 101, Token));

        await QuotaAsync(full, 0);
        Assert.Equal(RecipientOutcome.OverQuota, await session.Submission.CheckRecipientAsync(full.Address, 0, Token));
        Assert.IsType<SubmitOutcome.OverQuota>(await session.Submission.SubmitAsync(new(sender.Address, [new(full.Address)], RelayHouse.Octets("A: b\r\n\r\n")), Token));
        Assert.Empty(await relay.Process.InboxAsync(full));
    }

    [Fact]
    public async Task Who_turns_out_to_be_full_is_reported_and_the_others_get_the_message()
    {
        var (sender, full, roomy) = (await PersonAsync(), await PersonAsync(), await PersonAsync());
        await QuotaAsync(full, 20);
        var outcome = await relay.SubmitAsync(sender, new(
            sender.Address, [new(full.Address, NotifyOn.Failure, "rfc822;first@contoso.example"), new(roomy.Address)], RelayHouse.Octets("Subject: long\r\n\r\nLonger than it may be\r\n")));

        Assert.IsType<SubmitOutcome.Accepted>(outcome);
        Assert.Single(await relay.Process.InboxAsync(roomy));
        Assert.Empty(await relay.Process.InboxAsync(full));
        await relay.SendAsync();
        Assert.Empty(relay.Smarthost.Heard);
        var notice = Assert.Single(await relay.Process.InboxAsync(sender));
        Assert.Contains($"Final-Recipient: rfc822; {full.Address}", notice, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: rfc822;first@contoso.example", notice, StringComparison.Ordinal);
        Assert.Contains("Status: 5.2.2", notice, StringComparison.Ordinal);
        Assert.DoesNotContain(roomy.Address, notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_sender_still_hears_what_became_of_a_message()
    {
        var sender = await PersonAsync();
        await QuotaAsync(sender, 1);
        relay.Smarthost.Answers = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No" : null;
        await relay.SubmitAsync(sender, new(sender.Address, [new("a@elsewhere.example")], RelayHouse.Octets("A: b\r\n\r\n")));
        await relay.SendAsync();
        Assert.Single(await relay.Process.InboxAsync(sender));
    }

    [Fact]
    public async Task A_plans_quota_holds_where_the_mailbox_says_nothing()
    {
        var person = await PersonAsync();
        await using (var db = relay.House.Serving(person.At))
        {
            var plan = new Plan { TenantId = person.At.Id, Id = Guid.CreateVersion7(), Name = $"small {person.Id}", Quota = 30 };
            db.Add(plan);
            await db.SaveChangesAsync(Token);
            await db.Mailboxes.Where(m => m.Id == person.Id).ExecuteUpdateAsync(m => m.SetProperty(x => x.PlanId, plan.Id), Token);
        }
        await using var session = await relay.Process.EnterAsync(person);
        Assert.Equal(new(0, 30), await session.Store.GetQuotaAsync(Token));
        Assert.IsType<AppendOutcome.OverQuota>(await session.Store.AppendAsync("INBOX", [Message(31)], Token));
        Assert.IsType<AppendOutcome.Appended>(await session.Store.AppendAsync("INBOX", [Message(30)], Token));

        await QuotaAsync(person, 100);
        Assert.Equal(new(30, 100), await session.Store.GetQuotaAsync(Token));
        Assert.IsType<AppendOutcome.Appended>(await session.Store.AppendAsync("INBOX", [Message(70)], Token));
    }

    [Fact]
    public async Task A_mailbox_sends_so_many_messages_and_recipients_in_an_hour_whichever_process_it_asks()
    {
        (string, string)[] limits = [("Limits:Mailboxes:MessagesPerHour", "2"), ("Limits:Mailboxes:RecipientsPerHour", "3")];
        var processes = new[] { await relay.House.StartAsync(relay.House.ServingConnectionString, limits), await relay.House.StartAsync(relay.House.ServingConnectionString, limits) };
        var (busy, chatty, friend) = (await PersonAsync(), await PersonAsync(), await PersonAsync());

        Assert.IsType<SubmitOutcome.Accepted>(await SendAsync(processes[0], busy, 1));
        Assert.IsType<SubmitOutcome.Accepted>(await SendAsync(processes[1], busy, 1));
        Assert.IsType<SubmitOutcome.LimitReached>(await SendAsync(processes[0], busy, 1));
        Assert.IsType<SubmitOutcome.LimitReached>(await SendAsync(processes[1], chatty, 4));
        Assert.IsType<SubmitOutcome.Accepted>(await SendAsync(processes[1], chatty, 2));
        Assert.IsType<SubmitOutcome.LimitReached>(await SendAsync(processes[0], chatty, 2));
        Assert.Equal(3, (await relay.Process.InboxAsync(friend)).Count);

        await relay.AsSuperuserAsync("UPDATE mail_sending SET hour = hour - interval '1 hour'");
        Assert.IsType<SubmitOutcome.Accepted>(await SendAsync(processes[0], busy, 1));

        async Task<SubmitOutcome> SendAsync(MailProcess process, Person from, int recipients)
        {
            await using var session = await process.EnterAsync(from, Doors.Smtp);
            var to = Enumerable.Range(0, recipients).Select(n => new SubmittedRecipient(friend.Address, NotifyOn.Failure, $"rfc822;{n}"));
            return await session.Submission.SubmitAsync(new(from.Address, [.. to], RelayHouse.Octets("A: b\r\n\r\n")), Token);
        }
    }

    private Task<Person> PersonAsync() => relay.House.NewcomerAsync(relay.House.Contoso);

    private async Task QuotaAsync(Person person, long octets)
    {
        await using var db = relay.House.Serving(person.At);
        await db.Mailboxes.Where(m => m.Id == person.Id).ExecuteUpdateAsync(m => m.SetProperty(x => x.Quota, octets), Token);
    }

    private static NewMessage Message(int size) => new(MessageFlags.None, [], null, RelayHouse.Octets(new string('x', size)));
}

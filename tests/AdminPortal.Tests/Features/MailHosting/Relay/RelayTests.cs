using System.Globalization;
using System.Text;
using AdminPortal.Data;
using AdminPortal.MailServer;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting.Relay;

/// <summary>Mail to elsewhere: queued before it is acknowledged, given to the smarthost octet by octet, tried again, and never lost without a word.</summary>
public sealed class RelayTests(RelayHouse relay) : IClassFixture<RelayHouse>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ScriptedSmarthost Smarthost => relay.Smarthost;

    public async ValueTask InitializeAsync() => await relay.CalmAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_message_to_elsewhere_is_in_the_queue_when_it_is_acknowledged_and_reaches_the_smarthost_octet_by_octet()
    {
        var sender = await SenderAsync();
        var content = $"Subject: grüße\r\n\r\n.\r\n..two dots\r\n{new string('x', 5_000)}\r\nlast";
        var accepted = await relay.SubmitAsync(sender, new(
            sender.Address,
            [new("Somebody@elsewhere.example", NotifyOn.Success | NotifyOn.Failure, "rfc822;some body@elsewhere.example"), new("never@elsewhere.example", NotifyOn.Never)],
            RelayHouse.Octets(content)) { EnvelopeId = "a+b", ReturnsWhole = true });

        Assert.Equal((await relay.QueuedAsync(sender)).Message.Id.ToString("N"), Assert.IsType<SubmitOutcome.Accepted>(accepted).QueueId);
        Assert.Empty(Smarthost.Heard);
        await relay.SendAsync();

        Assert.Equal(Encoding.UTF8.GetBytes(content + "\r\n"), Assert.Single(Smarthost.Messages));
        Assert.Equal(
            [
                "EHLO mail.contoso.example",
                $"AUTH PLAIN {Convert.ToBase64String("\0relay\0canary-of-the-relay"u8)}",
                $"MAIL FROM:<{sender.Address}> SIZE={Encoding.UTF8.GetByteCount(content)} BODY=8BITMIME RET=FULL ENVID=a+2Bb",
                "RCPT TO:<Somebody@elsewhere.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;some+20body@elsewhere.example",
                "RCPT TO:<never@elsewhere.example> NOTIFY=NEVER",
                "DATA",
                "QUIT",
            ],
            Smarthost.Heard);
        var (message, recipients) = await relay.QueuedAsync(sender);
        Assert.Equal((RelayState.Done, null), (message.State, message.Content));
        Assert.All(recipients, recipient => Assert.Equal(RelayedState.Sent, recipient.State));
        // The smarthost has taken over what the sender wants to hear.
        Assert.Empty(await InboxAsync(sender));
    }

    [Fact]
    public async Task A_smarthost_that_is_away_gets_it_later_with_growing_pauses_and_nobody_is_told()
    {
        var sender = await SenderAsync();
        await SendAsync(sender, "somebody@elsewhere.example");
        await relay.SendAsync(o => o.Port = 1);
        await relay.SendAgainAsync(o => o.Port = 1);

        var (message, recipients) = await relay.QueuedAsync(sender);
        Assert.Equal((RelayState.Waiting, 2), (message.State, message.Attempts));
        Assert.InRange(message.NextAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(2));
        Assert.Equal(("4.4.2", "The smarthost cannot be reached, or hung up"), (recipients[0].Status, recipients[0].Said));
        Assert.Equal([60, 120, 240, 3600, 3600], new[] { 1, 2, 3, 7, 500 }.Select(n => relay.Worker().PauseAfter(n).TotalSeconds));
        await relay.SendAsync();
        Assert.Empty(Smarthost.Messages);

        await relay.SendAgainAsync();
        Assert.Single(Smarthost.Messages);
        Assert.Empty(await InboxAsync(sender));
    }

    [Fact]
    public async Task Each_recipient_has_a_fate_of_its_own()
    {
        var sender = await SenderAsync("fr");
        Smarthost.Answers = line =>
            line.StartsWith("RCPT TO:<gone@", StringComparison.Ordinal) ? "550 5.1.1 No such person here"
            : line.StartsWith("RCPT TO:<busy@", StringComparison.Ordinal) ? "450 4.2.1 Come back" : null;
        await SendAsync(sender, "good@elsewhere.example", "gone@elsewhere.example", "busy@elsewhere.example");
        await relay.SendAsync();

        Assert.Single(Smarthost.Messages);
        Assert.Equal([RelayedState.Sent, RelayedState.Failed, RelayedState.Waiting], (await relay.QueuedAsync(sender)).Recipients.Select(r => r.State));
        var notice = Assert.Single(await InboxAsync(sender));
        Assert.StartsWith("Return-Path: <>\r\n", notice, StringComparison.Ordinal);
        Assert.Contains("Subject: Message non remis", notice, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822; gone@elsewhere.example", notice, StringComparison.Ordinal);
        Assert.Contains("Action: failed", notice, StringComparison.Ordinal);
        Assert.Contains("Status: 5.1.1", notice, StringComparison.Ordinal);
        Assert.Contains("Diagnostic-Code: smtp; 550 5.1.1 No such person here", notice, StringComparison.Ordinal);
        Assert.DoesNotContain("good@elsewhere.example", notice, StringComparison.Ordinal);

        Smarthost.Answers = _ => null;
        Smarthost.Heard.Clear();
        await relay.SendAgainAsync();
        Assert.Equal(["RCPT TO:<busy@elsewhere.example> NOTIFY=FAILURE"], Smarthost.Heard.Where(line => line.StartsWith("RCPT", StringComparison.Ordinal)));
        Assert.Equal(RelayState.Done, (await relay.QueuedAsync(sender)).Message.State);
        Assert.Single(await InboxAsync(sender));
    }

    [Theory]
    [InlineData("MAIL", "550 5.7.1 Not you", RelayedState.Failed)]
    [InlineData("MAIL", "451 4.7.1 Later", RelayedState.Waiting)]
    [InlineData("DATA", "554 5.5.1 Nothing", RelayedState.Failed)]
    [InlineData("DATA", "421 4.3.2 Going down", RelayedState.Waiting)]
    [InlineData(".", "554 5.7.1 Spam", RelayedState.Failed)]
    [InlineData(".", "452 4.3.1 No space", RelayedState.Waiting)]
    [InlineData("AUTH", "535 5.7.8 Wrong", RelayedState.Waiting)]
    [InlineData("EHLO", "502 5.5.1 What", RelayedState.Waiting)]
    [InlineData("greeting", "421 4.3.2 Full", RelayedState.Waiting)]
    [InlineData("greeting", "no SMTP at all", RelayedState.Waiting)]
    public async Task What_is_refused_for_good_fails_and_what_an_operator_can_mend_waits(string command, string answer, RelayedState state)
    {
        var sender = await SenderAsync();
        Smarthost.Answers = line => line.StartsWith(command, StringComparison.Ordinal) ? answer : null;
        await SendAsync(sender, "somebody@elsewhere.example");
        await relay.SendAsync();

        Assert.Equal(state, Assert.Single((await relay.QueuedAsync(sender)).Recipients).State);
        Assert.Equal(state == RelayedState.Failed ? 1 : 0, (await InboxAsync(sender)).Count);
    }

    [Fact]
    public async Task A_line_that_is_cut_after_the_dot_sends_the_same_octets_once_more_and_not_a_word_to_the_sender()
    {
        var sender = await SenderAsync();
        Smarthost.HangsUpAfterTheDot = true;
        await SendAsync(sender, "somebody@elsewhere.example");
        await relay.SendAsync();
        Assert.Equal(RelayState.Waiting, (await relay.QueuedAsync(sender)).Message.State);

        Smarthost.HangsUpAfterTheDot = false;
        await relay.SendAgainAsync();
        Assert.Equal(2, Smarthost.Messages.Count);
        Assert.Single(Smarthost.Messages.Select(Convert.ToHexString).Distinct());
        Assert.Equal(RelayState.Done, (await relay.QueuedAsync(sender)).Message.State);
        Assert.Empty(await InboxAsync(sender));
    }

    [Fact]
    public async Task After_days_it_is_given_up_and_the_sender_hears_why_with_the_whole_message_if_asked_for()
    {
        var sender = await SenderAsync();
        Smarthost.Answers = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 Always later" : null;
        await relay.SubmitAsync(sender, new(sender.Address, [new("slow@elsewhere.example", NotifyOn.Failure, "rfc822;first@elsewhere.example")], RelayHouse.Octets("Subject: a\r\n\r\nthe body of it\r\n"))
        {
            EnvelopeId = "id 7",
            ReturnsWhole = true,
        });
        await relay.SendAsync();
        Assert.Empty(await InboxAsync(sender));
        await relay.AsSuperuserAsync("UPDATE relayed_message SET queued_at = now() - interval '5 days 1 minute'");
        await relay.SendAgainAsync();

        var notice = Assert.Single(await InboxAsync(sender));
        Assert.Contains("Original-Envelope-Id: id 7", notice, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: rfc822;first@elsewhere.example", notice, StringComparison.Ordinal);
        Assert.Contains("Status: 5.4.7", notice, StringComparison.Ordinal);
        Assert.Contains("450 4.2.1 Always later", notice, StringComparison.Ordinal);
        Assert.Contains("the body of it", notice, StringComparison.Ordinal);
        Assert.Equal(RelayState.Done, (await relay.QueuedAsync(sender)).Message.State);
    }

    [Fact]
    public async Task Who_asked_to_hear_of_a_delay_hears_of_it_once()
    {
        var sender = await SenderAsync();
        await relay.SubmitAsync(sender, new(sender.Address, [new("a@elsewhere.example", NotifyOn.Delay), new("b@elsewhere.example")], RelayHouse.Octets("A: b\r\n\r\n")));
        await relay.AsSuperuserAsync("UPDATE relayed_message SET queued_at = now() - interval '5 hours'");
        await relay.SendAsync(o => o.Port = 1);
        await relay.SendAgainAsync(o => o.Port = 1);

        var notice = Assert.Single(await InboxAsync(sender));
        Assert.Contains("Action: delayed", notice, StringComparison.Ordinal);
        Assert.Contains("Will-Retry-Until: ", notice, StringComparison.Ordinal);
        Assert.Contains("a@elsewhere.example", notice, StringComparison.Ordinal);
        Assert.DoesNotContain("b@elsewhere.example", notice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", NotifyOn.Failure, 0)]
    [InlineData("own", NotifyOn.Never, 0)]
    [InlineData("own", NotifyOn.Success, 0)]
    [InlineData("own", NotifyOn.Success | NotifyOn.Failure, 1)]
    public async Task A_failure_is_told_to_whom_it_matters_and_never_about_a_notice(string from, NotifyOn notify, int notices)
    {
        var sender = await SenderAsync();
        Smarthost.Answers = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 No" : null;
        await relay.SubmitAsync(sender, new(from.Length == 0 ? "" : sender.Address, [new("a@elsewhere.example", notify)], RelayHouse.Octets("A: b\r\n\r\n")));
        await relay.SendAsync();

        Assert.Equal(notices, (await InboxAsync(sender)).Count);
        Assert.Contains($"MAIL FROM:<{(from.Length == 0 ? "" : sender.Address)}>", Smarthost.Heard.Single(line => line.StartsWith("MAIL", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(RelayState.Done, (await relay.QueuedAsync(sender)).Message.State);
    }

    [Fact]
    public async Task A_smarthost_that_tells_nobody_of_success_makes_us_say_that_it_was_passed_on()
    {
        var sender = await SenderAsync();
        Smarthost.Extensions = ["8BITMIME", "AUTH LOGIN"];
        Smarthost.Answers = line => line == "AUTH LOGIN" ? "334 VXNlcm5hbWU6" : line == Convert.ToBase64String("relay"u8) ? "334 UGFzc3dvcmQ6"
            : line == Convert.ToBase64String("canary-of-the-relay"u8) ? "235 2.7.0 Welcome" : null;
        await relay.SubmitAsync(sender, new(sender.Address, [new("a@elsewhere.example", NotifyOn.Success)], RelayHouse.Octets("A: b\r\n\r\n")));
        await relay.SendAsync();

        Assert.Contains("Action: relayed", Assert.Single(await InboxAsync(sender)), StringComparison.Ordinal);
        Assert.Contains("RCPT TO:<a@elsewhere.example>", Smarthost.Heard);
        Assert.Contains($"MAIL FROM:<{sender.Address}>", Smarthost.Heard);
    }

    [Fact]
    public async Task What_a_server_of_seven_bits_cannot_carry_is_made_seven_bits_or_returned()
    {
        var sender = await SenderAsync();
        Smarthost.Extensions = ["AUTH PLAIN"];
        await relay.SubmitAsync(sender, new(sender.Address, [new("a@elsewhere.example")], RelayHouse.Octets("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nélan\r\n")));
        await relay.SendAsync();
        using var sent = new MemoryStream(Assert.Single(Smarthost.Messages));
        Assert.True(Ascii.IsValid(sent.ToArray()));
        Assert.Equal("élan", (await MimeKit.MimeMessage.LoadAsync(sent, Token)).TextBody!.Trim());

        var other = await SenderAsync();
        await relay.SubmitAsync(other, new(other.Address, [new("é@elsewhere.example")], RelayHouse.Octets("A: b\r\n\r\n")) { IsUtf8 = true });
        await relay.SendAsync();
        Assert.Contains("Status: 5.6.7", Assert.Single(await InboxAsync(other)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_workers_send_each_message_once()
    {
        var sender = await SenderAsync();
        for (var n = 0; n < 20; n++) await relay.SubmitAsync(sender, new(sender.Address, [new("a@elsewhere.example")], RelayHouse.Octets($"N: {n}\r\n\r\n")));

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => relay.SendAsync()));

        Assert.Equal(
            Enumerable.Range(0, 20).Select(n => n.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal),
            Smarthost.Messages.Select(m => Encoding.ASCII.GetString(m).Split(' ', '\r')[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_died_is_replaced_when_its_lease_ends_and_settles_nothing_should_it_come_back()
    {
        var sender = await SenderAsync();
        await SendAsync(sender, "somebody@elsewhere.example");
        var entrances = relay.Process.Services.GetRequiredService<CrossTenant>();
        var queue = ActivatorUtilities.CreateInstance<AdminPortal.Features.MailHosting.Relay.RelayQueue>(relay.Process.Services);
        var dead = (await entrances.ClaimRelayedMessageAsync(TimeSpan.FromMinutes(1), Token))!;
        var its = (await queue.ReadAsync(dead, Token))!;
        Assert.Null(await entrances.ClaimRelayedMessageAsync(TimeSpan.FromMinutes(1), Token));

        await relay.AsSuperuserAsync("UPDATE relayed_message SET next_at = now() WHERE state = 2");
        var second = (await entrances.ClaimRelayedMessageAsync(TimeSpan.FromMinutes(1), Token))!;
        Assert.Null(await queue.ReadAsync(dead, Token));
        Assert.False(await queue.SettleAsync(its, new([its.Recipients[0] with { State = RelayedState.Failed }], ["A: b\r\n\r\n"u8.ToArray()], null, false), Token));
        Assert.Equal((RelayState.Sending, RelayedState.Waiting), ((await relay.QueuedAsync(sender)).Message.State, (await relay.QueuedAsync(sender)).Recipients[0].State));
        Assert.Empty(await InboxAsync(sender));
        Assert.Equal(2, second.Attempts);
    }

    [Fact]
    public async Task A_message_for_here_and_elsewhere_is_delivered_and_queued_in_one_commit_or_not_at_all()
    {
        var (sender, stays, goes) = (await SenderAsync(), await SenderAsync(), await SenderAsync());
        await relay.SubmitAsync(sender, new(sender.Address, [new(stays.Address), new("a@elsewhere.example")], RelayHouse.Octets("A: b\r\n\r\n")));
        Assert.Single(await InboxAsync(stays));
        Assert.Equal(["a@elsewhere.example"], (await relay.QueuedAsync(sender)).Recipients.Select(r => r.Address));

        var other = await SenderAsync();
        await using var session = await relay.Process.EnterAsync(other, Doors.Smtp);
        await relay.AsSuperuserAsync($"DELETE FROM mailbox WHERE id = '{goes.Id}'");
        Assert.IsType<SubmitOutcome.Refused>(await session.Submission.SubmitAsync(new(other.Address, [new(goes.Address), new("a@elsewhere.example")], RelayHouse.Octets("A: b\r\n\r\n")), Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => relay.QueuedAsync(other));
    }

    [Fact]
    public async Task A_mailbox_that_another_server_serves_gets_its_mail_by_the_smarthost_and_never_here()
    {
        var sender = await SenderAsync();
        await using var session = await relay.Process.EnterAsync(sender, Doors.Smtp);
        Assert.Equal(RecipientOutcome.Accepted, await session.Submission.CheckRecipientAsync("exchanger@fabrikam.example", 0, Token));
        Assert.Equal(RecipientOutcome.Accepted, await session.Submission.CheckRecipientAsync("anybody@elsewhere.example", 0, Token));
        Assert.Equal(RecipientOutcome.NotFound, await session.Submission.CheckRecipientAsync("nobody@fabrikam.example", 0, Token));
        foreach (var elsewhere in new[] { "root@localhost", "root@[127.0.0.1]", "root@[IPv6:::1]", "not-an-address" })
            Assert.Equal(RecipientOutcome.RelayDenied, await session.Submission.CheckRecipientAsync(elsewhere, 0, Token));
        await SendAsync(sender, "exchanger@fabrikam.example");
        await relay.SendAsync();

        Assert.Contains(Smarthost.Heard, line => line.StartsWith("RCPT TO:<exchanger@fabrikam.example>", StringComparison.Ordinal));
        Assert.Single(Smarthost.Messages);
    }

    private Task<Person> SenderAsync(string language = "en") => relay.House.NewcomerAsync(relay.House.Contoso, language);

    private Task<List<string>> InboxAsync(Person person) => relay.Process.InboxAsync(person);

    private Task<SubmitOutcome> SendAsync(Person sender, params string[] recipients) =>
        relay.SubmitAsync(sender, new(sender.Address, [.. recipients.Select(address => new SubmittedRecipient(address))], RelayHouse.Octets("Subject: a\r\n\r\nText\r\n")));
}

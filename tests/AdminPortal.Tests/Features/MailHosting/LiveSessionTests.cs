using System.Diagnostics;
using AdminPortal.Data;
using AdminPortal.MailServer;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

public sealed class LiveSessionTests(MailHouse house) : IClassFixture<MailHouse>
{
    [Fact]
    public async Task Switching_POP3_off_ends_the_open_POP3_session_at_once_and_IMAP_goes_on()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var pop3 = await house.First.EnterAsync(person, Doors.Pop3);
        await using var imap = await house.First.EnterAsync(person, Doors.Imap);
        await using var other = await house.First.EnterAsync(house.Contoso.Anna, Doors.Pop3);

        var ended = await house.First.PublishAsync(await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Disabled));

        Assert.Equal(1, ended);
        var end = await pop3.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.Equal(SessionEndReason.AccessDisabled, end.Reason);
        Assert.StartsWith("POP3 is switched off. ", end.Text, StringComparison.Ordinal);
        Assert.False(imap.Ended.IsCompleted);
        Assert.False(other.Ended.IsCompleted);
    }

    [Fact]
    public async Task Sessions_of_another_process_end_within_a_second_of_the_commit()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.Second.EnterAsync(person, Doors.Pop3);

        var change = await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Disabled);
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await house.First.PublishAsync(change));

        await session.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task A_tenants_own_setting_reaches_every_mailbox_that_inherits_it()
    {
        var (inherits, overrides) = (await house.NewcomerAsync(house.Fabrikam), await house.NewcomerAsync(house.Fabrikam));
        await house.SwitchAsync(overrides, MailProtocol.Smtp, AccessSetting.Enabled);
        await using var ends = await house.First.EnterAsync(inherits, Doors.Smtp);
        await using var stays = await house.First.EnterAsync(overrides, Doors.Smtp);

        await using (var db = house.Serving(house.Fabrikam))
        {
            var tenant = db.Tenants.Single();
            tenant.Access = tenant.Access.With(MailProtocol.Smtp, AccessSetting.Disabled);
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(1, await house.First.PublishAsync(new(house.Fabrikam.Id, null)));
        await ends.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.False(stays.Ended.IsCompleted);
    }

    [Fact]
    public async Task An_exception_that_starts_by_the_clock_ends_sessions_without_being_told()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        await using (var db = house.Serving(person.At))
        {
            db.AccessExceptions.Add(new()
            {
                TenantId = person.At.Id,
                MailboxId = person.Id,
                Protocol = MailProtocol.Imap,
                Effect = ExceptionEffect.Deny,
                Reason = "Leaver",
                CreatedBy = "test",
                StartsAt = TimeProvider.System.GetUtcNow().AddSeconds(1),
            });
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        Assert.False(session.Ended.IsCompleted);

        Assert.Equal(SessionEndReason.AccessDisabled, (await session.Ended.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken)).Reason);
    }

    [Fact]
    public async Task A_page_sees_who_is_signed_in_and_ends_one_of_them()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var first = await house.First.EnterAsync(person, Doors.Imap);
        await using var second = await house.First.EnterAsync(person, Doors.Pop3);

        var open = house.First.Live.Of(person.At.Id, person.Id);
        Assert.Equal([MailProtocol.Imap, MailProtocol.Pop3], open.Select(s => s.Protocol));
        Assert.All(open, s => Assert.Equal("192.0.2.7", s.RemoteAddress));

        Assert.False(house.First.Live.End(house.Fabrikam.Id, person.Id, open[0].Id));
        Assert.True(house.First.Live.End(person.At.Id, person.Id, open[0].Id));
        Assert.Equal(SessionEndReason.Disconnected, (await first.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)).Reason);
        Assert.False(second.Ended.IsCompleted);

        await first.DisposeAsync();
        Assert.Equal(open[1].Id, Assert.Single(house.First.Live.Of(person.At.Id, person.Id)).Id);
    }

    [Fact]
    public async Task A_deleted_mailbox_has_no_sessions()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        await session.Store.ListFoldersAsync(TestContext.Current.CancellationToken);
        await using (var db = house.Serving(person.At))
        {
            db.Mailboxes.Remove(db.Mailboxes.Single(m => m.Id == person.Id));
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(1, await house.First.PublishAsync(new(person.At.Id, person.Id)));
        Assert.Equal(SessionEndReason.Disconnected, (await session.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)).Reason);
    }
}

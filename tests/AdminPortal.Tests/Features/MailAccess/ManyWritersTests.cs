using System.Net;
using System.Net.Http.Json;
using AdminPortal.Data;
using AdminPortal.Features.MailAccess;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.MailAccess;

/// <summary>Changes that come at the same moment share a statement and a commit; nobody may notice, but by its being quick.</summary>
public sealed class ManyWritersTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private static readonly string[] Turns = ["disabled", "enabled", "inherit", "disabled", "enabled", "inherit", "disabled", "enabled"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_one_of_many_changes_has_a_record_an_entry_and_a_step_of_the_version_of_its_own()
    {
        var mailboxes = await stage.MailboxesAsync(25);

        await Task.WhenAll(mailboxes.Select(async mailbox =>
        {
            foreach (var turn in Turns) (await SwitchAsync(mailbox, turn)).EnsureSuccessStatusCode();
        }));

        foreach (var mailbox in mailboxes)
        {
            Assert.Equal(Turns, (await stage.AuditAsync(mailbox.Id)).OrderBy(e => e.Id).Select(e => e.After!.RootElement.GetProperty("pop3").GetString()!));
            var (version, entries) = await stage.Portal.LookAsync(stage.Contoso, async db => (
                await db.Mailboxes.Where(m => m.Id == mailbox.Id).Select(m => m.Version).SingleAsync(Cancel),
                await db.ChangeFeedEntries.CountAsync(e => e.MailboxId == mailbox.Id, Cancel)));
            Assert.Equal((1 + Turns.Length, Turns.Length), (version, entries));
        }
    }

    [Fact]
    public async Task Of_many_who_saw_the_same_state_one_changes_it_and_the_others_are_told()
    {
        var mailbox = await stage.MailboxAsync();
        var seen = (await stage.Admin.GetAsync($"mailboxes/{mailbox.Id}/access", Cancel)).Headers.ETag!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => SwitchAsync(mailbox, "disabled", seen.Tag, reason: $"caller {n}")));

        Assert.Equal([HttpStatusCode.OK], answers.Select(a => a.StatusCode).Where(status => status != HttpStatusCode.PreconditionFailed));
        Assert.Single(await stage.AuditAsync(mailbox.Id));
    }

    [Fact]
    public async Task A_mailbox_that_somebody_holds_delays_only_who_wants_it()
    {
        var (held, free) = (await stage.MailboxAsync(), await stage.MailboxAsync());
        var hold = await HoldAsync(held);

        var waiting = SwitchAsync(held, "disabled");
        var others = await Task.WhenAll(SwitchAsync(free, "disabled"), SwitchAsync(free, "enabled"), SwitchAsync(free, "inherit"));

        Assert.All(others, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.False(waiting.IsCompleted);
        await hold.DisposeAsync();
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Fact]
    public async Task A_change_that_the_database_refuses_fails_alone()
    {
        var mailboxes = await stage.MailboxesAsync(6);
        var writer = stage.Portal.Services.GetRequiredService<AccessWriter>();
        // PostgreSQL's text holds no NUL.
        var writes = mailboxes.Select((mailbox, n) => writer.WriteAsync(stage.Contoso.Id, Write(mailbox, n == 3 ? "\0" : null), Cancel)).ToList();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => Task.WhenAll(writes));

        Assert.Equal(PostgresErrorCodes.CharacterNotInRepertoire, refused.SqlState);
        Assert.Equal([0, 1, 2, 4, 5], Enumerable.Range(0, 6).Where(n => writes[n].IsCompletedSuccessfully));
        var settings = await stage.SettingsAsync(mailboxes);
        Assert.Equal([3], Enumerable.Range(0, 6).Where(n => settings[n].Pop3 != AccessSetting.Disabled));
    }

    [Fact]
    public async Task Who_comes_when_too_many_wait_is_turned_away_and_the_others_are_served()
    {
        var mailbox = await stage.MailboxAsync();
        var writer = new AccessWriter(stage.Portal.Services.GetRequiredService<AccessStatement>(), mostOpen: 2);
        var hold = await HoldAsync(mailbox);

        var waiting = new[] { writer.WriteAsync(stage.Contoso.Id, Write(mailbox), Cancel), writer.WriteAsync(stage.Contoso.Id, Write(mailbox), Cancel) };
        await Assert.ThrowsAsync<TooManyWritesException>(() => writer.WriteAsync(stage.Contoso.Id, Write(mailbox), Cancel));
        await hold.DisposeAsync();

        Assert.Single(await Task.WhenAll(waiting), written => written!.AuditEventId is not null);
        Assert.Null((await writer.WriteAsync(stage.Contoso.Id, Write(mailbox), Cancel))!.AuditEventId);
    }

    [Fact]
    public async Task Who_has_given_up_changes_nothing()
    {
        var mailbox = await stage.MailboxAsync();
        var writer = stage.Portal.Services.GetRequiredService<AccessWriter>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteAsync(stage.Contoso.Id, Write(mailbox), new(canceled: true)));

        Assert.Empty(await stage.AuditAsync(mailbox.Id));
    }

    /// <summary>Locks a mailbox's row as another transaction would, until it is disposed.</summary>
    private async Task<NpgsqlConnection> HoldAsync(TestMailbox mailbox)
    {
        var holder = new NpgsqlConnection(stage.Portal.Database.SuperuserConnectionString);
        await holder.OpenAsync(Cancel);
        await using var hold = new NpgsqlCommand($"BEGIN; SELECT FROM mailbox WHERE id = '{mailbox.Id}' FOR UPDATE", holder);
        await hold.ExecuteNonQueryAsync(Cancel);
        return holder;
    }

    private static AccessWrite Write(TestMailbox mailbox, string? reason = null) =>
        new(mailbox.Id, new AccessChanges(Pop3: AccessSetting.Disabled), null, new Actor(), reason);

    private Task<HttpResponseMessage> SwitchAsync(TestMailbox mailbox, string pop3, string ifMatch = "*", string? reason = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, $"mailboxes/{mailbox.Id}/access")
        {
            Content = JsonContent.Create(new { pop3, reason }, mediaType: new("application/merge-patch+json")),
        };
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return stage.Admin.SendAsync(request, Cancel);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.MailQueue;

/// <summary>What waits to leave is seen by administrators and auditors, tried at once or given up by administrators, and recorded.</summary>
public sealed class MailQueueTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_is_listed_with_each_recipients_fate_and_without_content()
    {
        var tenant = await portal.NewTenantAsync();
        var (waiting, done) = (await QueueAsync(tenant, RelayState.Waiting), await QueueAsync(tenant, RelayState.Done));
        using var auditor = await portal.ApiAsync(tenant, PortalRole.Auditor);

        var listed = (await auditor.GetFromJsonAsync<JsonElement>($"{tenant.Api}/mail-queue", Cancel)).GetProperty("items").EnumerateArray().ToList();
        var one = Assert.Single(listed);
        Assert.Equal(waiting, one.GetProperty("id").GetGuid());
        Assert.Equal("450 later", one.GetProperty("recipients")[0].GetProperty("said").GetString());
        Assert.DoesNotContain("secret words", one.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, (await auditor.GetFromJsonAsync<JsonElement>($"{tenant.Api}/mail-queue?all=true", Cancel)).GetProperty("items").GetArrayLength());
        Assert.Equal("done", (await auditor.GetFromJsonAsync<JsonElement>($"{tenant.Api}/mail-queue/{done}", Cancel)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_waiting_message_is_tried_at_once_or_given_up_and_both_are_recorded()
    {
        var tenant = await portal.NewTenantAsync();
        var (waiting, sending, done) = (await QueueAsync(tenant, RelayState.Waiting), await QueueAsync(tenant, RelayState.Sending), await QueueAsync(tenant, RelayState.Done));
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);

        Assert.Equal(HttpStatusCode.OK, await PostAsync($"{tenant.Api}/mail-queue/{waiting}/retry"));
        Assert.Equal(DateTimeOffset.UnixEpoch, (await RowAsync(waiting)).NextAt);
        Assert.Equal(HttpStatusCode.OK, await PostAsync($"{tenant.Api}/mail-queue/{waiting}/cancel"));
        Assert.True((await RowAsync(waiting)).IsCancelled);
        // What a worker holds is left to it: only the wish is noted.
        Assert.Equal(HttpStatusCode.OK, await PostAsync($"{tenant.Api}/mail-queue/{sending}/cancel"));
        Assert.True((await RowAsync(sending)) is { IsCancelled: true, State: RelayState.Sending } held && held.NextAt > TimeProvider.System.GetUtcNow());
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync($"{tenant.Api}/mail-queue/{done}/cancel"));

        var recorded = await portal.LookAsync(tenant, db => db.AuditEvents.Where(e => e.Action.StartsWith("relayedMessage.")).Select(e => e.Action).Order().ToListAsync(Cancel));
        Assert.Equal([AuditActions.RelayedMessageCancelled, AuditActions.RelayedMessageCancelled, AuditActions.RelayedMessageRetried], recorded);

        async Task<HttpStatusCode> PostAsync(string path)
        {
            using var answer = await admin.PostAsync(path, null, Cancel);
            return answer.StatusCode;
        }

        Task<RelayedMessage> RowAsync(Guid id) => portal.LookAsync(tenant, db => db.RelayedMessages.AsNoTracking().SingleAsync(m => m.Id == id, Cancel));
    }

    [Theory]
    [InlineData("en", "waits", "Give up")]
    [InlineData("fr", "en attente", "Abandonner")]
    public async Task The_page_shows_it_and_gives_up(string language, string waits, string giveUp)
    {
        var tenant = await portal.NewTenantAsync();
        var message = await QueueAsync(tenant, RelayState.Waiting);
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        admin.Client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        var page = $"{tenant.Pages}/settings/mail-queue";
        var shown = await admin.ReadAsync(page);
        Assert.Contains(waits, shown, StringComparison.Ordinal);
        Assert.Contains(giveUp, shown, StringComparison.Ordinal);

        using var posted = await admin.PostAsync($"{page}?handler=cancel", new() { ["message"] = message.ToString() }, page);
        Assert.Equal(HttpStatusCode.Redirect, posted.StatusCode);
        Assert.DoesNotContain(giveUp, await admin.ReadAsync(page), StringComparison.Ordinal);
    }

    private Task<Guid> QueueAsync(TestTenant tenant, RelayState state) => portal.LookAsync(tenant, async db =>
    {
        var now = TimeProvider.System.GetUtcNow();
        var message = new RelayedMessage
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), MailboxId = Guid.CreateVersion7(), Sender = $"a@{tenant.Domain}", Content = "secret words"u8.ToArray(),
            State = state, Attempts = 1, QueuedAt = now, NextAt = now.AddHours(1),
        };
        db.Add(message);
        db.Add(new RelayedRecipient { TenantId = tenant.Id, MessageId = message.Id, Position = 1, Address = "b@elsewhere.example", Said = "450 later" });
        await db.SaveChangesAsync(Cancel);
        return message.Id;
    });
}

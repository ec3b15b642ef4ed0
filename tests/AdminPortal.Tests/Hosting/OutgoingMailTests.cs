using System.Security.Cryptography.X509Certificates;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using AdminPortal.Tests.Features.Connectivity;
using AdminPortal.Tests.Features.Members;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>The portal's own mail: asked for with the work, sent over verified TLS, tried again, given up in sight of everybody.</summary>
public sealed class OutgoingMailTests(MailingPortal mailing) : IClassFixture<MailingPortal>
{
    private const string Secret = "https://portal.example/invitation/canary-secret";
    private readonly PortalFactory portal = mailing.Portal;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_arrives_in_both_forms_with_its_link_and_is_answered_by_no_holiday_notice()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await AskAsync(tenant, mailbox.Address, Text("Grüße aus Łódź & <b>co</b>"));
        var mail = Assert.Single(await mailing.ReadAsync(mailbox));
        Assert.Equal("Grüße aus Łódź & <b>co</b>", mail.Subject);
        Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        Assert.Contains(Secret, mail.TextBody, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"{Secret}\">", mail.HtmlBody, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", mail.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_sent_or_given_up_keeps_no_content_and_what_waits_keeps_it_sealed()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await AskAsync(tenant, mailbox.Address, Text("one"));
        var waiting = await MailAsync(tenant);
        Assert.DoesNotContain("canary-secret", Encoding.Latin1.GetString(waiting.Content!), StringComparison.Ordinal);
        await mailing.SendAsync();
        Assert.Equal((QueuedMailState.Sent, null), State(await MailAsync(tenant)));
        await portal.LookAsync(tenant, db => db.QueuedMails.ExecuteDeleteAsync(Cancel));

        await AskAsync(tenant, $"nobody@{tenant.Domain}", Text("two"));
        await mailing.SendAsync();
        var failed = await MailAsync(tenant);
        Assert.Equal((QueuedMailState.Failed, null), State(failed));
        Assert.Equal(MailFailure.RecipientRefused, failed.Failure);
        Assert.StartsWith("550", failed.FailureCode, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_is_rolled_back_sends_nothing()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await portal.InTenantAsync(tenant, async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            await using var work = await db.Database.BeginTransactionAsync(Cancel);
            scope.GetRequiredService<Outbox>().Add("invitation", mailbox.Address, Text("never"), Tomorrow);
            return await db.SaveChangesAsync(Cancel);
        });
        Assert.Empty(await mailing.ReadAsync(mailbox));
    }

    [Theory]
    [InlineData("Subject\r\nBcc: victim@portal.example")]
    [InlineData("Subject\nBcc: victim@portal.example\n\nAnother body")]
    [InlineData("Subject\r\n.\r\nMAIL FROM:<x@portal.example>")]
    public async Task A_line_end_in_a_name_or_subject_begins_no_header_of_its_own(string subject)
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await AskAsync(tenant, mailbox.Address, Text(subject));
        var mail = Assert.Single(await mailing.ReadAsync(mailbox));
        Assert.Empty(mail.Bcc);
        Assert.DoesNotContain(mail.Headers, header => header.Field.Equals("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(Secret, mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_gets_it_later_with_growing_pauses()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await AskAsync(tenant, mailbox.Address, Text("patience"));
        using (mailing.With(o => o.Port = 1)) await mailing.SendAsync();
        var waiting = await MailAsync(tenant);
        Assert.Equal((QueuedMailState.Waiting, 1, MailFailure.Unreachable), (waiting.State, waiting.Attempts, waiting.Failure));
        Assert.NotNull(waiting.Content);
        Assert.Empty(await mailing.ReadAsync(mailbox));

        await DueAsync(waiting.Id);
        Assert.Single(await mailing.ReadAsync(mailbox));
        Assert.Null((await MailAsync(tenant)).Failure);
        Assert.Equal([10, 20, 40, 3600], new[] { 1, 2, 3, 30 }.Select(n => OutgoingMailWorker.PauseAfter(n).TotalSeconds));
    }

    [Fact]
    public async Task A_worker_that_was_overtaken_settles_nothing()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await AskAsync(tenant, mailbox.Address, Text("twice"));
        var crossTenant = portal.Services.GetRequiredService<CrossTenant>();
        var first = (await crossTenant.ClaimMailAsync(TimeSpan.FromMinutes(1), Cancel))!;
        Assert.Null(await crossTenant.ClaimMailAsync(TimeSpan.FromMinutes(1), Cancel));
        await DueAsync(first.Id);
        var second = (await crossTenant.ClaimMailAsync(TimeSpan.FromMinutes(1), Cancel))!;
        await crossTenant.SettleMailAsync(first, QueuedMailState.Failed, MailFailure.TimedOut, null, TimeSpan.Zero, Cancel);
        Assert.Equal(QueuedMailState.Sending, (await MailAsync(tenant)).State);
        await crossTenant.SettleMailAsync(second, QueuedMailState.Sent, null, null, TimeSpan.Zero, Cancel);
        Assert.Equal(QueuedMailState.Sent, (await MailAsync(tenant)).State);
    }

    [Fact]
    public async Task A_link_that_is_too_old_is_not_sent_any_more()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await portal.InTenantAsync(tenant, async scope =>
        {
            scope.GetRequiredService<Outbox>().Add("invitation", mailbox.Address, Text("late"), TimeProvider.System.GetUtcNow());
            return await scope.GetRequiredService<PortalDbContext>().SaveChangesAsync(Cancel);
        });
        Assert.Empty(await mailing.ReadAsync(mailbox));
        Assert.Equal(MailFailure.Expired, (await MailAsync(tenant)).Failure);
    }

    [Fact]
    public async Task Neither_password_nor_mail_goes_to_a_server_whose_certificate_is_not_to_be_trusted()
    {
        using var wrongName = TestAuthority.Issue("mail.example");
        using var selfSigned = TestAuthority.SelfSigned("localhost");
        using var expired = TestAuthority.Issue("localhost", -30, -1);
        foreach (var certificate in new[] { wrongName, selfSigned, expired })
        {
            var (failure, heard) = await MeetAsync(certificate, ConnectionSecurity.ImplicitTls);
            Assert.Equal(MailFailure.NotTrusted, failure);
            Assert.Empty(heard);
        }

        // The same authority's certificate for the right name is let through, so that the refusals above prove something.
        var (refused, said) = await MeetAsync(TestAuthority.Localhost, ConnectionSecurity.ImplicitTls);
        Assert.Equal(MailFailure.SignInRefused, refused);
        Assert.Contains(said, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_without_TLS_is_told_neither_password_nor_mail()
    {
        var (failure, heard) = await MeetAsync(null, ConnectionSecurity.StartTls);
        Assert.Equal(MailFailure.NotTrusted, failure);
        Assert.DoesNotContain(heard, line => line.StartsWith("AUTH", StringComparison.Ordinal) || line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_about_a_person_is_written_without_a_tenant_and_then_seen_by_no_tenant()
    {
        var (tenant, mailbox) = await SomebodyAsync();
        var id = await portal.InScopeAsync(async scope =>
        {
            var mail = scope.GetRequiredService<Outbox>().Add("passwordReset", mailbox.Address, Text("yours"), Tomorrow);
            await scope.GetRequiredService<PortalDbContext>().SaveChangesAsync(Cancel);
            return mail.Id;
        });
        Assert.False(await portal.LookAsync(tenant, db => db.QueuedMails.IgnoreQueryFilters().AnyAsync(m => m.Id == id, Cancel)));
        Assert.Single(await mailing.ReadAsync(mailbox));
    }

    [Theory]
    [InlineData("OutgoingMail:Host", "mail.example", "OutgoingMail:From")]
    [InlineData("OutgoingMail:Host", "mail example", "OutgoingMail:Host")]
    [InlineData("OutgoingMail:From", "portal@example.org", "OutgoingMail:Host")]
    [InlineData("OutgoingMail:Port", "70000", "OutgoingMail:Port")]
    [InlineData("OutgoingMail:Security", "Perhaps", "OutgoingMail:Security")]
    [InlineData("OutgoingMail:Timeout", "00:10:00", "OutgoingMail:Timeout")]
    public void A_wrong_setting_is_told_at_start(string name, string value, string told) =>
        Assert.Contains(Failures((name, value)), failure => failure.Contains(told, StringComparison.Ordinal));

    [Fact]
    public void A_password_is_not_configured_without_TLS() => Assert.Contains(
        Failures(("OutgoingMail:Host", "localhost"), ("OutgoingMail:From", "a@b.example"), ("OutgoingMail:Security", "None"), ("OutgoingMail:UserName", "a"), ("OutgoingMail:Password", "b")),
        failure => failure.Contains("OutgoingMail:Security", StringComparison.Ordinal));

    private static DateTimeOffset Tomorrow => TimeProvider.System.GetUtcNow().AddDays(1);

    private static MailText Text(string subject) => new("en", subject, ["Before <script>"], "Open", new(Secret), ["After"]);

    private static (QueuedMailState, byte[]?) State(QueuedMail mail) => (mail.State, mail.Content);

    // Nothing that another test left waiting.
    private async Task<(TestTenant, TestMailbox)> SomebodyAsync()
    {
        await AsSuperuserAsync("DELETE FROM queued_mail");
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.NewMailboxAsync(tenant));
    }

    private Task<int> AskAsync(TestTenant tenant, string recipient, MailText text) => portal.InTenantAsync(tenant, scope =>
    {
        scope.GetRequiredService<Outbox>().Add("invitation", recipient, text, Tomorrow);
        return scope.GetRequiredService<PortalDbContext>().SaveChangesAsync(Cancel);
    });

    private async Task<(MailFailure?, List<string>)> MeetAsync(X509Certificate2? certificate, ConnectionSecurity security)
    {
        var (tenant, mailbox) = await SomebodyAsync();
        await AskAsync(tenant, mailbox.Address, Text("man in the middle"));
        using var server = new NotingServer(certificate);
        using (mailing.With(o => (o.Port, o.Security) = (server.Port, security))) await mailing.SendAsync();
        var mail = await MailAsync(tenant);
        Assert.Equal(QueuedMailState.Waiting, mail.State);
        return (mail.Failure, await server.HeardAsync());
    }

    private Task<QueuedMail> MailAsync(TestTenant tenant) => portal.LookAsync(tenant, db => db.QueuedMails.AsNoTracking().SingleAsync(Cancel));

    private Task DueAsync(Guid mail) => AsSuperuserAsync($"UPDATE queued_mail SET next_at = now() WHERE id = '{mail}'");

    private async Task AsSuperuserAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static IReadOnlyList<string> Failures(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value))).Build());
        services.AddSettings<OutgoingMailOptions>(OutgoingMailOptions.Section, options => options.Errors());
        using var provider = services.BuildServiceProvider();
        return [.. Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<OutgoingMailOptions>>().Value).Failures];
    }
}

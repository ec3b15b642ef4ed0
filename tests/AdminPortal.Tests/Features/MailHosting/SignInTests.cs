using System.Diagnostics;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

public sealed class SignInTests(MailHouse house) : IClassFixture<MailHouse>
{
    [Theory]
    [InlineData("anna@contoso.example")]
    [InlineData("Anna@Contoso.Example")]
    [InlineData("sales@contoso.example")]
    public async Task The_right_password_opens_the_mailbox_by_any_of_its_addresses(string name)
    {
        var result = await house.First.SignInAsync(Doors.Imap, name);

        await using var session = Assert.IsType<AuthenticationResult.Succeeded>(result).Session;
        Assert.Equal("anna@contoso.example", session.Address);
    }

    [Theory]
    [InlineData("anna@contoso.example", "wrong")]
    [InlineData("nobody@contoso.example", MailHouse.Password)]
    [InlineData("anna@elsewhere.example", MailHouse.Password)]
    [InlineData("anna", MailHouse.Password)]
    [InlineData("exchanger@contoso.example", MailHouse.Password)]
    public async Task Whoever_proves_nothing_learns_nothing(string name, string password) =>
        Assert.IsType<AuthenticationResult.BadCredentials>(await house.First.SignInAsync(Doors.Imap, name, password));

    [Theory]
    [InlineData(Doors.Pop3, MailProtocol.Pop3, "POP3 is switched off. ")]
    [InlineData(Doors.Imap, MailProtocol.Imap, "IMAP4 is switched off. ")]
    [InlineData(Doors.Smtp, MailProtocol.Smtp, "SMTP is switched off. ")]
    public async Task A_protocol_that_is_switched_off_is_refused_with_the_reason_and_only_after_the_right_password(
        Doors door, MailProtocol protocol, string beginning)
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await house.SwitchAsync(person, protocol, AccessSetting.Disabled);

        var wrong = await house.First.SignInAsync(door, person.Address, "wrong");
        var right = await house.First.SignInAsync(door, person.Address);

        Assert.IsType<AuthenticationResult.BadCredentials>(wrong);
        var refused = Assert.IsType<AuthenticationResult.AccessDisabled>(right);
        Assert.StartsWith(beginning, refused.Reason, StringComparison.Ordinal);
        Assert.Contains("https://portal.example/my", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_protocols_go_on()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Disabled);

        await using var session = await house.First.EnterAsync(person, Doors.Imap);
    }

    [Fact]
    public async Task The_reason_is_in_the_language_of_the_mailbox()
    {
        var person = await house.NewcomerAsync(house.Contoso, language: "fr");
        await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Disabled);

        var refused = Assert.IsType<AuthenticationResult.AccessDisabled>(await house.First.SignInAsync(Doors.Pop3, person.Address));

        Assert.StartsWith("POP3 is switched off. Votre organisation", refused.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Reason);
    }

    [Fact]
    public async Task The_service_credential_acts_for_mailboxes_of_its_own_tenant_and_access_is_decided_for_the_mailbox()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Disabled);
        var (user, password) = (house.Contoso.ServiceUser, house.Contoso.ServicePassword);

        var imap = await house.First.SignInAsync(Doors.Imap, user, password, actingFor: person.Address);
        var pop3 = await house.First.SignInAsync(Doors.Pop3, user, password, actingFor: person.Address);
        var foreign = await house.First.SignInAsync(Doors.Imap, user, password, actingFor: house.Fabrikam.Anna.Address);
        var nobody = await house.First.SignInAsync(Doors.Imap, user, password, actingFor: "nobody@contoso.example");
        var wrong = await house.First.SignInAsync(Doors.Imap, user, "wrong", actingFor: person.Address);
        var forItself = await house.First.SignInAsync(Doors.Imap, user, password);

        await using var session = Assert.IsType<AuthenticationResult.Succeeded>(imap).Session;
        Assert.Equal(person.Address, session.Address);
        Assert.Null(Assert.Single(house.First.Live.Of(person.At.Id, person.Id)).CredentialId);
        Assert.IsType<AuthenticationResult.AccessDisabled>(pop3);
        Assert.All([foreign, nobody, wrong, forItself], result => Assert.IsType<AuthenticationResult.BadCredentials>(result));
    }

    [Fact]
    public async Task A_mailbox_acts_for_itself_alone()
    {
        var anna = house.Contoso.Anna.Address;

        var asItself = await house.First.SignInAsync(Doors.Imap, anna, actingFor: "sales@contoso.example");
        var asAnother = await house.First.SignInAsync(Doors.Imap, anna, actingFor: house.Contoso.Bruno.Address);
        var asNobody = await house.First.SignInAsync(Doors.Imap, anna, actingFor: "nobody@contoso.example");

        await using var session = Assert.IsType<AuthenticationResult.Succeeded>(asItself).Session;
        Assert.Equal(anna, session.Address);
        Assert.IsType<AuthenticationResult.BadCredentials>(asAnother);
        Assert.IsType<AuthenticationResult.BadCredentials>(asNobody);
    }

    [Fact]
    public async Task An_app_password_opens_the_mailbox_until_it_is_revoked()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var db = house.Serving(person.At);
        var mailbox = await db.Mailboxes.SingleAsync(m => m.Id == person.Id, TestContext.Current.CancellationToken);
        var password = MailPasswords.Generate();
        await new MailPasswords(db, new Microsoft.AspNetCore.Identity.PasswordHasher<PortalUser>())
            .AddAppPasswordAsync(mailbox, AppPasswordWanted.Unlimited("Phone"), password, TestContext.Current.CancellationToken);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        var credential = await db.MailCredentials.SingleAsync(c => c.MailboxId == person.Id && c.Kind == CredentialKind.AppPassword, TestContext.Current.CancellationToken);

        await using var session = Assert.IsType<AuthenticationResult.Succeeded>(await house.First.SignInAsync(Doors.Imap, person.Address, password)).Session;
        Assert.Equal(credential.Id, Assert.Single(house.First.Live.Of(person.At.Id, person.Id)).CredentialId);

        credential.RevokedAt = DateTimeOffset.UnixEpoch;
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        Assert.IsType<AuthenticationResult.BadCredentials>(await house.First.SignInAsync(Doors.Imap, person.Address, password));
        await house.First.PublishAsync(new(person.At.Id, person.Id));
        Assert.Equal(SessionEndReason.CredentialRevoked, (await session.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)).Reason);
    }

    [Fact]
    public async Task Sign_ins_that_are_alike_fold_into_one_row_and_checks_are_none()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        var process = await house.StartAsync(house.Database.ServingConnectionString);
        for (var i = 0; i < 3; i++) await (await process.EnterAsync(person)).DisposeAsync();
        await process.SignInAsync(Doors.Imap, person.Address, "wrong");
        await process.SignInAsync(Doors.Imap, house.Contoso.ServiceUser, house.Contoso.ServicePassword, actingFor: person.Address);

        // What is waiting is written before the process ends.
        await process.Services.GetRequiredService<SignInRecorder>().StopAsync(TestContext.Current.CancellationToken);

        await using var db = house.Serving(person.At);
        var rows = await db.SignInAttempts.Where(a => a.MailboxId == person.Id).OrderBy(a => a.Result).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([(MailSignInResult.Succeeded, 3), (MailSignInResult.BadCredentials, 1)], rows.Select(r => (r.Result, r.Count)));
        Assert.All(rows, row => Assert.Equal(("192.0.2.7", "PLAIN", MailProtocol.Imap), (row.RemoteAddress, row.Mechanism, row.Protocol)));
        Assert.NotNull((await db.MailCredentials.SingleAsync(c => c.MailboxId == person.Id, TestContext.Current.CancellationToken)).LastUsedAt);
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_as_temporary_and_at_once()
    {
        var process = await house.StartAsync("Host=127.0.0.1;Port=1;Username=portal_app;Password=x;Database=away");
        var watch = Stopwatch.StartNew();

        Assert.IsType<AuthenticationResult.Unavailable>(await process.SignInAsync(Doors.Imap, house.Contoso.Anna.Address));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task Connections_from_before_a_restart_of_the_database_do_not_fail_a_login()
    {
        var process = await house.StartAsync($"{house.Database.ServingConnectionString};Application Name=restarted");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => await (await process.EnterAsync(house.Contoso.Anna)).DisposeAsync()));

        await using var superuser = Npgsql.NpgsqlDataSource.Create(house.Database.SuperuserConnectionString);
        await using var kill = superuser.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'restarted'");
        await kill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await using var session = await process.EnterAsync(house.Contoso.Anna);
        Assert.NotEmpty(await session.Store.ListFoldersAsync(TestContext.Current.CancellationToken));
    }
}

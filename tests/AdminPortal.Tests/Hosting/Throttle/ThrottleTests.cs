using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Hosting.Throttle;

/// <summary>One throttle for all five doors, with the limits as they are by default, attacked over real sockets.</summary>
public sealed class ThrottleTests : IClassFixture<FiveDoors>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private readonly FiveDoors doors;

    public ThrottleTests(FiveDoors doors)
    {
        this.doors = doors;
        doors.Open();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Guesses:PerAddress")]
    public async Task From_one_address_at_most_sixty_guesses_a_minute_are_answered_over_all_doors_together()
    {
        var attacker = FiveDoors.NewAddress();
        var answers = await AttackAsync(120, n => (FiveDoors.All[n % 5], attacker, $"nobody-{n}@nowhere.example", $"guess {n}"));

        Assert.InRange(MostInAMinute(answers, Kind.Wrong), 30, 60);
        Assert.True(answers.Count(a => a.Kind == Kind.HeldOff) >= 40);
        Assert.Equal(120, answers.Count(a => a.Kind is Kind.Wrong or Kind.HeldOff));
    }

    [Fact, Reaches("Limits:Guesses:Repeats")]
    public async Task Repeating_what_was_wrong_before_is_no_way_to_more_answers()
    {
        var attacker = FiveDoors.NewAddress();
        var answers = await AttackAsync(200, n => (FiveDoors.OfPasswords[n % 4], attacker, $"nobody-{n / 8}@repeats.example", $"guess {n / 8 % 50}"));
        Assert.InRange(MostInAMinute(answers, Kind.Wrong), 12, 60);
    }

    [Fact, Reaches("Limits:Guesses:PerAccount")]
    public async Task At_one_account_at_most_ten_guesses_a_minute_are_answered_wherever_they_come_from()
    {
        var (name, password) = await doors.NewOwnerAsync();
        var home = FiveDoors.NewAddress();
        Assert.All(await EnterAsync(home, name, password), answer => Assert.Equal(Kind.In, answer.Kind));

        var answers = await AttackAsync(40, n => (FiveDoors.OfPasswords[n % 4], FiveDoors.NewAddress(), name, $"guess {n}"));
        Assert.InRange(MostInAMinute(answers, Kind.Wrong), 6, 10);

        // While strangers are held off with the right password too, its owner is not at home.
        Assert.Equal(Kind.HeldOff, (await doors.AskAsync(Door.Imap, FiveDoors.NewAddress(), name, password)).Kind);
        var watch = Stopwatch.StartNew();
        Assert.All(await EnterAsync(home, name, password), answer => Assert.Equal(Kind.In, answer.Kind));
        Assert.True(watch.Elapsed < 4 * Soon, $"Four doors took {watch.Elapsed}.");
    }

    [Fact]
    public async Task While_somebody_guesses_at_an_account_its_owner_enters_from_elsewhere_without_having_been_there_before()
    {
        var (name, password) = await doors.NewOwnerAsync();
        var attacker = FiveDoors.NewAddress();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var attack = Task.Run(async () =>
        {
            for (var n = 0; !over.IsCancellationRequested; n++) await doors.AskAsync(FiveDoors.OfPasswords[n % 4], attacker, name, $"guess {n}");
        }, Cancel);

        foreach (var door in FiveDoors.OfPasswords)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(Kind.In, (await doors.AskAsync(door, FiveDoors.NewAddress(), name, password)).Kind);
            Assert.True(watch.Elapsed < Soon, $"{door} took {watch.Elapsed}.");
        }
        await over.CancelAsync();
        await attack;
    }

    [Fact]
    public async Task The_same_wrong_password_again_and_again_counts_once_and_shuts_nobody_out()
    {
        var (name, password) = await doors.NewOwnerAsync();
        var home = FiveDoors.NewAddress();
        var answers = await AttackAsync(13, n => (FiveDoors.OfPasswords[n % 4], home, name, "the password before last"), atOnce: 1);
        Assert.All(answers, answer => Assert.Equal(Kind.Wrong, answer.Kind));

        // However often: it is not looked at any more, and still counts as one.
        await AttackAsync(40, n => (FiveDoors.OfPasswords[n % 4], home, name, "the password before last"));
        Assert.Equal(1, await doors.CountedAsync(name));
        Assert.All(await EnterAsync(home, name, password), answer => Assert.Equal(Kind.In, answer.Kind));
    }

    [Fact]
    public async Task A_password_that_was_wrong_enters_once_it_has_become_the_right_one()
    {
        var tenant = await doors.Portal.NewTenantAsync();
        var mailbox = await doors.Portal.NewMailboxAsync(tenant);
        var home = FiveDoors.NewAddress();
        var next = MailPasswords.Generate();
        Assert.Equal(Kind.Wrong, (await doors.AskAsync(Door.Imap, home, mailbox.Address, next)).Kind);

        await doors.Portal.InTenantAsync(tenant, async scope =>
        {
            var db = (PortalDbContext)scope.GetService(typeof(PortalDbContext))!;
            var row = await db.Mailboxes.SingleAsync(m => m.Id == mailbox.Id, Cancel);
            await new MailPasswords(db, new Microsoft.AspNetCore.Identity.PasswordHasher<PortalUser>()).SetAccountPasswordAsync(row, null, next, chosen: false, Cancel);
            return await db.SaveChangesAsync(Cancel);
        });
        Assert.Equal(Kind.In, (await doors.AskAsync(Door.Imap, home, mailbox.Address, next)).Kind);
    }

    [Fact]
    public async Task The_right_password_never_counts_however_often_and_neither_does_a_refused_switch()
    {
        var tenant = await doors.Portal.NewTenantAsync();
        var mailbox = await doors.Portal.NewMailboxAsync(tenant, more: m => m.Access = m.Access.With(MailProtocol.Pop3, AccessSetting.Disabled));
        var home = FiveDoors.NewAddress();

        var entered = await AttackAsync(40, _ => (Door.Imap, home, mailbox.Address, mailbox.Password));
        var refused = await AttackAsync(40, _ => (Door.Pop3, home, mailbox.Address, mailbox.Password));

        Assert.All(entered, answer => Assert.Equal(Kind.In, answer.Kind));
        Assert.All(refused, answer => Assert.Equal(Kind.SwitchedOff, answer.Kind));
        Assert.Equal(0, await doors.CountedAsync(mailbox.Address));
    }

    [Fact]
    public async Task An_alias_is_no_second_account_to_guess_at()
    {
        var tenant = await doors.Portal.NewTenantAsync();
        var alias = $"{PortalFactory.NewName("alias")}@{tenant.Domain}";
        var mailbox = await doors.Portal.NewMailboxAsync(tenant, more: m => m.Aliases.Add(new() { TenantId = tenant.Id, Address = alias }));

        var answers = await AttackAsync(30, n => (Door.Imap, FiveDoors.NewAddress(), n % 2 == 0 ? alias : mailbox.Address, $"guess {n}"));
        Assert.InRange(MostInAMinute(answers, Kind.Wrong), 6, 10);
    }

    [Fact]
    public async Task A_good_token_works_from_an_address_where_bad_ones_are_held_off()
    {
        var tenant = await doors.Portal.NewTenantAsync();
        var token = await doors.Portal.NewTokenAsync(await doors.Portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant);
        var address = FiveDoors.NewAddress();
        var answers = await AttackAsync(70, n => (Door.Api, address, "", $"apt_{n}"));

        Assert.InRange(MostInAMinute(answers, Kind.Wrong), 30, 60);
        var held = answers.Last(a => a.Kind == Kind.HeldOff);
        Assert.Contains("urn:adminportal:problem:too-many-requests", held.Text, StringComparison.Ordinal);
        Assert.InRange(held.RetryAfter!.Value, TimeSpan.FromSeconds(1), Minute);
        Assert.Equal(Kind.In, (await doors.AskAsync(Door.Api, address, "", token)).Kind);
    }

    [Fact]
    public async Task Checks_go_on_while_somebody_guesses_from_the_portals_own_address()
    {
        var tenant = await doors.Portal.NewTenantAsync();
        var mailbox = await doors.Portal.NewMailboxAsync(tenant);
        using var client = doors.Http(FiveDoors.NewAddress());
        client.DefaultRequestHeaders.Authorization = new("Bearer", await doors.Portal.NewTokenAsync(await doors.Portal.NewPersonAsync(tenant, PortalRole.Helpdesk), tenant));
        async Task<string?> CheckAsync(string protocol)
        {
            using var answer = await client.PostAsJsonAsync($"{tenant.Api}/connectivity-checks", new { mailbox = mailbox.Address, protocol }, Cancel);
            return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("verdict").GetString();
        }

        Assert.Equal("worksAsAllowed", await CheckAsync("imap"));
        var answers = await AttackAsync(70, n => (Door.Imap, IPAddress.Loopback, $"nobody-{n}@nowhere.example", $"guess {n}"));
        Assert.Contains(answers, answer => answer.Kind == Kind.HeldOff);

        foreach (var protocol in new[] { "imap", "pop3", "smtp" }) Assert.Equal("worksAsAllowed", await CheckAsync(protocol));
    }

    [Fact]
    public async Task A_name_that_is_nobodys_is_refused_and_held_off_in_the_words_for_one_that_is_somebodys()
    {
        var (name, _) = await doors.NewOwnerAsync();
        foreach (var door in FiveDoors.OfPasswords)
        {
            var known = await EightWrongAsync(door, name);
            var unknown = await EightWrongAsync(door, $"{PortalFactory.NewName("nobody")}@nowhere.example");
            Assert.Equal(known.Select(Words), unknown.Select(Words));
            Assert.Equal([Kind.Wrong, Kind.Wrong, Kind.Wrong, Kind.HeldOff], known.Take(4).Select(a => a.Kind));
        }

        async Task<DoorAnswer[]> EightWrongAsync(Door door, string account)
        {
            await ForgetAsync(account);
            var from = FiveDoors.NewAddress();
            return await AttackAsync(8, n => (door, from, account, $"guess {n} at {door}"), atOnce: 1);
        }
    }

    // The seconds to wait pass while one looks.
    private static (Kind, string) Words(DoorAnswer answer) => (answer.Kind, System.Text.RegularExpressions.Regex.Replace(answer.Text, @"\d+ seconds", "N seconds"));

    private async Task ForgetAsync(string account)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(doors.Portal.Database.OwnerConnectionString);
        await using var command = source.CreateCommand("DELETE FROM guess WHERE account = $1");
        command.Parameters.Add(new() { Value = account });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<DoorAnswer[]> EnterAsync(IPAddress from, string name, string password)
    {
        var answers = new List<DoorAnswer>();
        foreach (var door in FiveDoors.OfPasswords) answers.Add(await doors.AskAsync(door, from, name, password));
        return [.. answers];
    }

    private async Task<DoorAnswer[]> AttackAsync(int times, Func<int, (Door, IPAddress, string, string)> guess, int atOnce = 8)
    {
        var answers = new DoorAnswer[times];
        await Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = Cancel }, async (n, _) =>
        {
            var (door, from, name, password) = guess(n);
            answers[n] = await doors.AskAsync(door, from, name, password);
        });
        return answers;
    }

    /// <summary>The most answers of that kind in any minute, so that a slow machine changes nothing.</summary>
    internal static int MostInAMinute(IEnumerable<DoorAnswer> answers, Kind kind)
    {
        var times = answers.Where(a => a.Kind == kind).Select(a => a.At).Order().ToList();
        return times.Count == 0 ? 0 : times.Max(begin => times.Count(at => at >= begin && at < begin + Minute));
    }
}

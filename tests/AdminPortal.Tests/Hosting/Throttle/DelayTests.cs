using System.Diagnostics;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Hosting.Throttle;

/// <summary>How the throttle lets go, with a span of seconds instead of a minute.</summary>
public sealed class DelayTests : IClassFixture<FiveDoors>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly FiveDoors doors;

    public DelayTests(FiveDoors doors)
    {
        this.doors = doors;
        doors.Portal.Set("Limits:Guesses:Span", "00:00:06");
        doors.Portal.Set("Limits:Guesses:FirstDelay", "00:00:02");
        doors.Portal.Set("Limits:Guesses:LongestDelay", "00:00:08");
        doors.Open();
    }

    [Fact, Reaches("Limits:Guesses:Free"), Reaches("Limits:Guesses:FirstDelay"), Reaches("Limits:Guesses:LongestDelay")]
    public async Task Each_guess_at_one_account_from_one_address_makes_the_next_one_wait_longer()
    {
        var (name, from) = ("nobody@delays.example", FiveDoors.NewAddress());
        var (answered, waits) = (new List<TimeSpan>(), new List<double>());
        var watch = Stopwatch.StartNew();
        for (var n = 0; answered.Count < 6; n++)
        {
            var answer = await doors.AskAsync(Door.Portal, from, name, $"guess {n}");
            if (answer.Kind == Kind.Wrong) answered.Add(watch.Elapsed);
            else if (waits.Count < answered.Count - 2) waits.Add(answer.RetryAfter!.Value.TotalSeconds);
            Assert.True(watch.Elapsed < Patience, "The delays do not end.");
        }

        // Three are free, then 2, 4, 8 seconds; what the door says is what then comes true.
        Assert.Equal([2, 4, 8], waits.Select(wait => Math.Pow(2, Math.Ceiling(Math.Log2(wait)))));
        Assert.True(answered[3] - answered[2] >= TimeSpan.FromSeconds(1.9));
        Assert.True(answered[4] - answered[3] >= TimeSpan.FromSeconds(3.9));
        Assert.True(answered[5] - answered[4] >= TimeSpan.FromSeconds(7.9));
    }

    [Fact, Reaches("Limits:Guesses:Span")]
    public async Task An_account_that_is_left_alone_opens_to_strangers_again()
    {
        var (name, password) = await doors.NewOwnerAsync();
        for (var n = 0; n < 12; n++) await doors.AskAsync(Door.Imap, FiveDoors.NewAddress(), name, $"guess {n}");
        Assert.Equal(Kind.HeldOff, (await doors.AskAsync(Door.Imap, FiveDoors.NewAddress(), name, password)).Kind);

        for (var watch = Stopwatch.StartNew(); (await doors.AskAsync(Door.Imap, FiveDoors.NewAddress(), name, password)).Kind != Kind.In;)
            Assert.True(watch.Elapsed < Patience, "It does not open.");
    }
}

/// <summary>Two processes before one database.</summary>
public sealed class TwoProcessesTests : IClassFixture<FiveDoors>, IClassFixture<SecondProcess>
{
    private readonly FiveDoors[] processes;

    public TwoProcessesTests(FiveDoors first, SecondProcess second)
    {
        second.Process.Portal.Set("ConnectionStrings:Portal", first.Portal.Database.ServingConnectionString);
        first.Open();
        second.Process.Open();
        processes = [first, second.Process];
    }

    [Fact]
    public async Task What_one_has_answered_counts_in_the_other()
    {
        var (name, password) = await processes[0].NewOwnerAsync();
        var home = FiveDoors.NewAddress();
        Assert.Equal(Kind.In, (await processes[0].AskAsync(Door.Imap, home, name, password)).Kind);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => processes[n % 2].AskAsync(Door.Imap, FiveDoors.NewAddress(), name, $"guess {n}")));
        Assert.InRange(answers.Count(a => a.Kind == Kind.Wrong), 6, 10);

        // And so does where the owner is at home.
        Assert.Equal(Kind.HeldOff, (await processes[1].AskAsync(Door.Imap, FiveDoors.NewAddress(), name, password)).Kind);
        Assert.Equal(Kind.In, (await processes[1].AskAsync(Door.Imap, home, name, password)).Kind);
    }

    [Fact]
    public async Task From_one_address_they_answer_no_more_than_one_would()
    {
        var attacker = FiveDoors.NewAddress();
        var answers = new List<DoorAnswer>();
        for (var round = 0; round < 6; round++)
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, 20).Select(n => processes[n % 2].AskAsync(Door.Pop3, attacker, $"nobody-{round}-{n}@nowhere.example", $"guess {n}"))));
        Assert.InRange(ThrottleTests.MostInAMinute(answers, Kind.Wrong), 30, 60);
    }
}

/// <summary>A class has one fixture of each type.</summary>
public sealed class SecondProcess(Infrastructure.TestCluster cluster) : IAsyncLifetime
{
    public FiveDoors Process { get; } = new(cluster);

    public ValueTask InitializeAsync() => Process.InitializeAsync();

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}

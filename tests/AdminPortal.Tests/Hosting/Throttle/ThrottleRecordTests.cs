using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AdminPortal.Tests.Hosting.Throttle;

/// <summary>What the operator hears of guessing: lines that fail2ban reads, and counters.</summary>
public sealed partial class ThrottleRecordTests : IClassFixture<PortalFactory>, IDisposable
{
    private readonly PortalFactory portal;
    private static readonly Ears Heard = new();
    private readonly ConcurrentBag<string> counted = [];
    private readonly MeterListener meters = new();

    public ThrottleRecordTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Replace<ILoggerFactory>(LoggerFactory.Create(logging => logging.AddProvider(Heard)));
        portal.Set("Limits:Guesses:Free", "2");
        meters.InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "AdminPortal.SignIn") listener.EnableMeasurementEvents(instrument); };
        meters.SetMeasurementEventCallback<long>((instrument, number, tags, _) => counted.Add($"{instrument.Name} {number} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order())}"));
        meters.Start();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => meters.Dispose();

    [Fact]
    public async Task A_wrong_guess_and_who_is_held_off_are_one_line_each_with_the_address_before_the_name_and_a_count()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        for (var n = 0; n < 4; n++) await GuessAsync(person.UserName, $"guess-{n}");

        var told = Heard.Lines.Where(line => line.EndsWith($" {person.UserName}", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, told.Count(line => WrongGuess().Match(line) is { Success: true } match && match.Groups["host"].Value == "127.0.0.1"));
        Assert.Equal(2, told.Count(line => HeldOff().Match(line) is { Success: true } match && match.Groups["host"].Value == "127.0.0.1"));
        Assert.True(counted.Count(c => c == "signin.guesses 1 door=portal") >= 2);
        Assert.True(counted.Count(c => c == "signin.held_off 1 by=pair door=portal") >= 2);
    }

    [Theory]
    [InlineData("somebody@contoso.example from 192.0.2.66 for nobody")]
    [InlineData("a\r\n2026-01-01T00:00:00Z info: Wrong guess at portal from 192.0.2.66 for x@contoso.example")]
    [InlineData("my secret password 192.0.2.66")]
    public async Task A_name_can_neither_write_a_line_nor_put_another_address_into_one(string name)
    {
        await GuessAsync(name, "guessed");

        Assert.DoesNotContain(Heard.Lines, line => line.Contains("192.0.2.66", StringComparison.Ordinal));
        Assert.Contains(Heard.Lines, line => line == "Wrong guess at portal from 127.0.0.1 for a name that is no address");
    }

    [Fact]
    public async Task A_wrong_token_is_told_without_a_letter_of_it()
    {
        using var program = portal.Api("apt_guessed-token-of-nobody");
        using var answer = await program.GetAsync("/api/v1/tenants", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("Wrong guess at api from 127.0.0.1 for a token", Heard.Lines);
        Assert.DoesNotContain(Heard.Lines, line => line.Contains("guessed-token", StringComparison.Ordinal));
    }

    private async Task GuessAsync(string name, string password)
    {
        using var browser = portal.NewBrowser();
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = name, ["Password"] = password });
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.TooManyRequests });
    }

    // As the README gives them to fail2ban.
    [GeneratedRegex(@"^Wrong guess at \S+ from (?<host>\S+) for .+$")]
    private static partial Regex WrongGuess();

    [GeneratedRegex(@"^Held off at \S+ from (?<host>\S+) for \d+ s by \S+: .+$")]
    private static partial Regex HeldOff();

    private sealed class Ears : ILoggerProvider, ILogger
    {
        public ConcurrentBag<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));

        public void Dispose() { }
    }
}

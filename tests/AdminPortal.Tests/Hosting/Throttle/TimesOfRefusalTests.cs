using System.Diagnostics;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Hosting.Throttle;

/// <summary>
/// Whether the time of a refusal tells a name that is somebody's from one that is nobody's: 200 of each at every door, in turns, as an
/// attacker would measure it. Takes minutes and a calm machine, so it runs on demand: <c>-class "*TimesOfRefusalTests" -explicit only</c>.
/// </summary>
public sealed class TimesOfRefusalTests : IClassFixture<FiveDoors>
{
    private const int Times = 200;
    private readonly FiveDoors doors;

    public TimesOfRefusalTests(FiveDoors doors)
    {
        this.doors = doors;
        doors.Portal.Set("Limits:Guesses:RefusalTakes", "00:00:00.500");
        doors.Open();
    }

    [Fact(Explicit = true), Reaches("Limits:Guesses:RefusalTakes")]
    public async Task The_medians_lie_within_three_milliseconds_at_every_door()
    {
        var owners = await Task.WhenAll(Enumerable.Range(0, Times).Select(_ => doors.NewOwnerAsync()));
        await Task.WhenAll(FiveDoors.OfPasswords.Select(door => MeasureAsync(door, owners)));
    }

    private async Task MeasureAsync(Door door, (string Name, string Password)[] owners)
    {
        var (known, unknown) = (new double[Times], new double[Times]);
        for (var n = 0; n < Times; n++)
        {
            known[n] = await TimeAsync(door, owners[n].Name, n);
            unknown[n] = await TimeAsync(door, $"n{n}@{owners[n].Name.Split('@')[1]}", n);
        }
        var (a, b) = (Median(known), Median(unknown));
        Console.WriteLine($"{door}: known {a:0.00} ms, unknown {b:0.00} ms, difference {a - b:0.00} ms, p = {MannWhitney(known, unknown):0.000}");
        Assert.InRange(Math.Abs(a - b), 0, 3);
    }

    private async Task<double> TimeAsync(Door door, string name, int n)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await doors.AskAsync(door, FiveDoors.NewAddress(), name, $"guess {n} at {door}");
        Assert.Equal(Kind.Wrong, answer.Kind);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    /// <summary>Two-sided, by the normal approximation, which is good from twenty values on.</summary>
    private static double MannWhitney(double[] one, double[] other)
    {
        var u = one.Sum(a => other.Sum(b => a > b ? 1 : a < b ? 0 : 0.5));
        var deviation = Math.Sqrt(one.Length * (double)other.Length * (one.Length + other.Length + 1) / 12);
        var z = Math.Abs(u - one.Length * (double)other.Length / 2) / deviation;
        // Abramowitz and Stegun, 26.2.17.
        var t = 1 / (1 + 0.2316419 * z);
        var tail = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return Math.Min(1, 2 * tail);
    }
}

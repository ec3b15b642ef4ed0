using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AdminPortal.Benchmarks;

/// <summary>Requests that go round: each path with the first body, then each with the second, and so on.</summary>
internal sealed record Load(string Method, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> Paths, params string[] Bodies)
{
    /// <summary>How many were answered: the next run goes on where the last one ended.</summary>
    public long Sent { get; set; }
}

/// <summary>The load generator of Debian's package wrk: as lean as pgbench is, so that what is compared is not the generators.</summary>
internal sealed partial class Wrk(Uri portal)
{
    /// <returns>Requests a second.</returns>
    /// <exception cref="InvalidOperationException">A request was not answered as it should be: a fast error is no result.</exception>
    public async Task<double> RunAsync(Load load, int connections, TimeSpan time, CancellationToken cancellationToken)
    {
        var (script, paths) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            await File.WriteAllLinesAsync(paths, load.Paths, cancellationToken);
            await File.WriteAllTextAsync(script, Script(load, paths), cancellationToken);
            var said = await Command.RunAsync(
                "wrk", ["-t", "1", "-c", $"{connections}", "-d", $"{time.TotalSeconds:0}s", "--timeout", "30s", "-s", script, $"{portal}"],
                cancellationToken: cancellationToken);
            if (Trouble().Match(said) is { Success: true } trouble) throw new InvalidOperationException($"{load.Method} {load.Paths[0]}: {trouble.Value}");
            var count = Requests().Match(said);
            load.Sent += long.Parse(count.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            return double.Parse(Rate().Match(said).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(script);
            File.Delete(paths);
        }
    }

    private static string Script(Load load, string paths) => new StringBuilder()
        .AppendLine(CultureInfo.InvariantCulture, $"local paths, n = {{}}, {load.Sent}")
        .AppendLine(CultureInfo.InvariantCulture, $"for line in io.lines([[{paths}]]) do paths[#paths + 1] = line end")
        .AppendLine(CultureInfo.InvariantCulture, $"local bodies = {{ {string.Join(", ", load.Bodies.Select(body => $"[[{body}]]"))} }}")
        .AppendLine(CultureInfo.InvariantCulture, $"local headers = {{ {string.Join(", ", load.Headers.Select(header => $"[ [[{header.Key}]] ] = [[{header.Value}]]"))} }}")
        .AppendLine("function request()")
        .AppendLine("  local turn, round = n % #paths, math.floor(n / #paths)")
        .AppendLine("  n = n + 1")
        .AppendLine(CultureInfo.InvariantCulture, $"  return wrk.format([[{load.Method}]], paths[turn + 1], headers, bodies[round % #bodies + 1])")
        .AppendLine("end")
        .ToString();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec: +([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex("(Non-2xx|Socket errors).*")]
    private static partial Regex Trouble();
}

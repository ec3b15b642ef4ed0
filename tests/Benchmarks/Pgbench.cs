using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace AdminPortal.Benchmarks;

/// <summary>PostgreSQL's own load generator and client: what the database does without us, in the same run.</summary>
internal sealed partial class Pgbench(string superuserConnectionString)
{
    private readonly NpgsqlConnectionStringBuilder connection = new(superuserConnectionString);

    /// <summary>Runs a script with prepared statements.</summary>
    /// <returns>Transactions a second.</returns>
    public async Task<double> RunAsync(string script, int clients, TimeSpan time, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script, cancellationToken);
        try
        {
            var said = await StartAsync(
                "pgbench", null,
                ["-n", "-M", "prepared", "-c", $"{clients}", "-j", $"{Math.Min(clients, 2)}", "-T", $"{time.TotalSeconds:0}", "-f", file, .. Where(), connection.Database!],
                cancellationToken);
            return double.Parse(Tps().Match(said).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs SQL (and \copy) through psql, stopping at the first error.</summary>
    public Task PsqlAsync(string script, CancellationToken cancellationToken) =>
        StartAsync("psql", script, ["-q", "-v", "ON_ERROR_STOP=1", .. Where(), "-d", connection.Database!], cancellationToken);

    private string[] Where() => ["-h", connection.Host!, "-p", $"{connection.Port}", "-U", connection.Username!];

    private async Task<string> StartAsync(string program, string? input, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = connection.Password },
        })!;
        if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program} failed: {await errors}");
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Tps();
}

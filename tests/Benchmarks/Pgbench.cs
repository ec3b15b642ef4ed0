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
            var said = await Command.RunAsync(
                "pgbench",
                ["-n", "-M", "prepared", "-c", $"{clients}", "-j", $"{Math.Min(clients, 2)}", "-T", $"{time.TotalSeconds:0}", "-f", file, .. Where(), connection.Database!],
                password: connection.Password, cancellationToken: cancellationToken);
            return double.Parse(Tps().Match(said).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs SQL (and \copy) through psql, stopping at the first error.</summary>
    public Task PsqlAsync(string script, CancellationToken cancellationToken) =>
        Command.RunAsync("psql", ["-q", "-v", "ON_ERROR_STOP=1", .. Where(), "-d", connection.Database!], script, connection.Password, cancellationToken);

    /// <summary>The database's first process, the parent of those that serve connections: named in the lock beside its socket.</summary>
    public int Postmaster() =>
        int.Parse(File.ReadLines(Path.Combine(connection.Host!, $".s.PGSQL.{connection.Port}.lock")).First(), CultureInfo.InvariantCulture);

    private string[] Where() => ["-h", connection.Host!, "-p", $"{connection.Port}", "-U", connection.Username!];

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Tps();
}

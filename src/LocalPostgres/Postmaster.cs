using System.Globalization;

namespace AdminPortal.LocalPostgres;

/// <summary>
/// Who is at work in a cluster's data directory, read from /proc rather than from postmaster.pid alone. After a crash that file may name
/// a zombie, or an innocent process that was given the number since; both count as "running" for pg_ctl and would block a start for ever.
/// Every process of PostgreSQL works in its data directory, and only they do, so that is what is asked. Nobody is ever signalled by number.
/// </summary>
internal sealed class Postmaster(ClusterPlace place)
{
    /// <summary>The postmaster named in the pid file is alive and serves this very directory.</summary>
    public bool IsRunning() => NamedInPidFile() is { } pid && WorksHere($"/proc/{pid}");

    /// <summary>
    /// Some process of PostgreSQL works here, if only a backend that has not yet noticed its postmaster's death. While one does, the pid file
    /// must stay: it carries the key to the shared memory that keeps a second server out.
    /// </summary>
    public bool AnyoneIsLeft() => Directory.EnumerateDirectories("/proc").Any(WorksHere);

    public int? NamedInPidFile()
    {
        try
        {
            return int.TryParse(File.ReadLines(place.PidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private bool WorksHere(string process) =>
        Path.GetFileName(process).All(char.IsAsciiDigit)
        && Target(process, "cwd") == place.Data
        && Path.GetFileName(Target(process, "exe"))?.StartsWith("postgres", StringComparison.Ordinal) is true;

    private static string? Target(string process, string link)
    {
        try
        {
            return new FileInfo(Path.Combine(process, link)).LinkTarget;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null; // gone meanwhile, a zombie, or another user's: not the server that we run
        }
    }
}

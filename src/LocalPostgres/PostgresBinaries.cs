using System.Globalization;

namespace AdminPortal.LocalPostgres;

/// <summary>PostgreSQL's own programs, found where Debian, Ubuntu or a hand-made installation put them.</summary>
internal sealed record PostgresBinaries(string Folder, int Major)
{
    /// <summary>The oldest version the schema is written for.</summary>
    public const int OldestMajor = 15;

    private const string DebianFolder = "/usr/lib/postgresql";

    public string Initdb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    /// <summary>The newest version installed, or exactly the one that made an existing cluster: data files fit one major version.</summary>
    public static async Task<PostgresBinaries> FindAsync(int? madeBy, CancellationToken cancellation)
    {
        var installed = await InstalledAsync(cancellation);
        if (madeBy is { } major)
            return installed.FirstOrDefault(found => found.Major == major) ?? throw new LocalPostgresException(
                $"The cluster was made by PostgreSQL {major}, which is not installed (any more). Install postgresql-{major}, "
                + "or dump the data with that version and start with a new data folder.");
        return installed.FirstOrDefault(found => found.Major >= OldestMajor) ?? throw new LocalPostgresException(
            $"PostgreSQL {OldestMajor} or newer is not installed: apt-get install postgresql");
    }

    private static async Task<IReadOnlyList<PostgresBinaries>> InstalledAsync(CancellationToken cancellation)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in Folders().Distinct())
            if (File.Exists(Path.Combine(folder, "initdb")) && await MajorOfAsync(folder, cancellation) is { } major)
                found.Add(new PostgresBinaries(folder, major));
        return [.. found.OrderByDescending(each => each.Major)];
    }

    private static IEnumerable<string> Folders()
    {
        var debian = Directory.Exists(DebianFolder) ? Directory.GetDirectories(DebianFolder) : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return [.. debian.Select(version => Path.Combine(version, "bin")), .. path, "/usr/local/pgsql/bin"];
    }

    // "pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "18beta1", "17.2"
    private static async Task<int?> MajorOfAsync(string folder, CancellationToken cancellation)
    {
        var answer = await ServerAccount.Ourselves.RunAsync("/", Path.Combine(folder, "pg_ctl"), ["--version"], null, cancellation);
        var words = answer.Output.Split(' ', 3);
        var digits = words.Length < 3 ? "" : string.Concat(words[2].TakeWhile(char.IsAsciiDigit));
        return int.TryParse(digits, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}

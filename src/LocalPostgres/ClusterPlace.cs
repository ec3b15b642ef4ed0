using System.Globalization;
using System.Text;

namespace AdminPortal.LocalPostgres;

/// <summary>
/// Where one cluster's files lie. The cluster is at home in the data folder; where that is closed to PostgreSQL's account (a clone under
/// a 0700 home, run as root), the cluster alone lives in a system folder under its identity, and nobody's home is opened.
/// </summary>
internal sealed record ClusterPlace(string Home, string Socket)
{
    // sun_path holds 108 bytes with its closing zero; PostgreSQL adds the socket's own name.
    private const int LongestSocketPath = 107;

    public const string SocketName = ".s.PGSQL.5432";

    /// <summary>PostgreSQL's own data directory.</summary>
    public string Data => Path.Combine(Home, "data");

    /// <summary>A cluster being made; renamed to <see cref="Data"/> when complete.</summary>
    public string Draft => Path.Combine(Home, "data.new");

    public string Log => Path.Combine(Home, "log");

    public string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>The major version that made the cluster; null when there is none yet.</summary>
    public int? MadeBy => MajorIn(Data);

    public static async Task<ClusterPlace> ChooseAsync(
        LocalClusterOptions options, string identity, ServerAccount account, CancellationToken cancellation)
    {
        var home = await ChooseHomeAsync(options, identity, account, cancellation);
        // The kernel's own spelling, without links: that is how a server's working directory is told apart from another's.
        home = await ServerAccount.Ourselves.ExpectAsync("/", "realpath", ["-m", "--", home], null, cancellation);
        return new ClusterPlace(home, ChooseSocket(home, identity, account));
    }

    private static async Task<string> ChooseHomeAsync(
        LocalClusterOptions options, string identity, ServerAccount account, CancellationToken cancellation)
    {
        var inside = Path.Combine(options.DataFolder, "postgres");
        var outside = Path.Combine(options.SystemFolder, identity);
        if (account.IsAnother && Directory.Exists(outside))
            return OwnedBy(options.DataFolder, outside);
        if (await account.CanSearchAsync(options.DataFolder, cancellation))
            return inside;
        if (MajorIn(Path.Combine(inside, "data")) is not null)
            throw new LocalPostgresException(
                $"The cluster in {inside} was made when {account.Name} could reach it. A folder above it has since been closed: "
                + "open it again (chmod o+x), or choose another Portal__DataFolder.");
        return Claim(options.DataFolder, outside);
    }

    // A copied data folder carries the identity of the one it was copied from. Two portals must not share one cluster unawares.
    private static string OwnedBy(string dataFolder, string home)
    {
        var owner = File.Exists(Note(home)) ? File.ReadAllText(Note(home)).Trim() : dataFolder;
        if (owner != dataFolder && ClusterSecrets.Read(Path.Combine(owner, LocalCluster.SecretsFile))?.Identity == Path.GetFileName(home))
            throw new LocalPostgresException(
                $"{dataFolder} is a copy of {owner}, and the database of that one lies in {home}. "
                + $"To begin with an empty database, delete {dataFolder}; to use that one, set Portal__DataFolder={owner}.");
        return Claim(dataFolder, home);
    }

    private static string Claim(string dataFolder, string home)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(home)!);
        File.WriteAllText(Note(home), dataFolder + "\n");
        return home;
    }

    private static string Note(string home) => home + ".belongs-to";

    private static string ChooseSocket(string home, string identity, ServerAccount account)
    {
        var inside = Path.Combine(home, "socket");
        if (Fits(inside))
            return inside;
        // The identity is random and secret, so that nobody can have prepared this folder for us.
        return Path.Combine(account.IsAnother ? "/run" : "/tmp", $"adminportal-{identity}");
    }

    private static bool Fits(string folder) => Encoding.UTF8.GetByteCount(Path.Combine(folder, SocketName)) <= LongestSocketPath;

    private static int? MajorIn(string data)
    {
        var version = Path.Combine(data, "PG_VERSION");
        return File.Exists(version) ? int.Parse(File.ReadAllText(version).Trim(), CultureInfo.InvariantCulture) : null;
    }
}

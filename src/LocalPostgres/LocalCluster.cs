using System.Diagnostics;
using Npgsql;

namespace AdminPortal.LocalPostgres;

/// <summary>
/// A private PostgreSQL cluster in a folder of ours: made at the first start, adopted when it still runs, started again when a crash left
/// it behind. It listens on a Unix socket alone and outlives the process that started it, until somebody stops it.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>The portal's database, owned by <see cref="OwnerRole"/>.</summary>
    public const string Database = "adminportal";

    /// <summary>The migrator's role: may create roles, owns the database, bypasses nothing.</summary>
    public const string OwnerRole = "portal_owner";

    /// <summary>The portal's role. Only its password is made here; the migrator creates the role from the connection string.</summary>
    public const string ServingRole = "portal_app";

    internal const string SecretsFile = "postgres.json";

    private const string Superuser = "postgres";

    private const string MaintenanceDatabase = "postgres";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly LocalClusterOptions options;
    private readonly ServerAccount account;
    private readonly ClusterSecrets secrets;
    private readonly ClusterPlace place;
    private readonly PostgresBinaries binaries;
    private readonly Postmaster postmaster;
    private Process? caretaker;

    private LocalCluster(
        LocalClusterOptions options, ServerAccount account, ClusterSecrets secrets, ClusterPlace place, PostgresBinaries binaries)
    {
        (this.options, this.account, this.secrets, this.place, this.binaries) = (options, account, secrets, place, binaries);
        postmaster = new Postmaster(place);
    }

    /// <summary>For tests and benchmarks only: this role sees through row-level security.</summary>
    public string SuperuserConnectionString => ConnectionString(Superuser, secrets.SuperuserPassword, Database);

    /// <summary>For the migrator.</summary>
    public string OwnerConnectionString => ConnectionString(OwnerRole, secrets.OwnerPassword, Database);

    /// <summary>For the portal.</summary>
    public string ServingConnectionString => ConnectionString(ServingRole, secrets.ServingPassword, Database);

    /// <summary>Where PostgreSQL keeps the data: in the data folder, or in the system's when that is closed to its account.</summary>
    public string Folder => place.Home;

    /// <summary>The major version that serves.</summary>
    public int MajorVersion => binaries.Major;

    /// <summary>Starts the cluster, or adopts it when it runs already; answers when it accepts connections.</summary>
    /// <exception cref="LocalPostgresException">It cannot run here; the message says why and what to do.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        await using var turn = await TakeTurnAsync(options, cancellation);
        var cluster = await OpenAsync(options, cancellation);
        await cluster.MakeAsync(cancellation);
        await cluster.RunAsync(cancellation);
        await cluster.EnsureDatabaseAsync(cancellation);
        return cluster;
    }

    /// <summary>
    /// Starts a cluster for tests in a folder of its own. It is stopped and deleted when disposed, or when this process ends in any way.
    /// </summary>
    public static async Task<LocalCluster> StartTemporaryAsync(CancellationToken cancellation, bool durable = false)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"adminportal-{Guid.CreateVersion7():N}");
        var options = new LocalClusterOptions { DataFolder = folder, Durable = durable };
        var account = ServerAccount.Choose(options.ServerAccount);
        await account.CreateFolderAsync(folder, cancellation);
        var caretaker = Caretaker(folder, account, (await PostgresBinaries.FindAsync(null, cancellation)).PgCtl);
        try
        {
            var cluster = await StartAsync(options, cancellation);
            cluster.caretaker = caretaker;
            return cluster;
        }
        catch
        {
            await DismissAsync(caretaker);
            throw;
        }
    }

    /// <summary>Stops the cluster of a data folder, if one runs: open transactions are rolled back, everything committed is kept.</summary>
    /// <returns>False when none was running.</returns>
    public static async Task<bool> StopAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(options.DataFolder, SecretsFile)))
            return false;
        await using var turn = await TakeTurnAsync(options, cancellation);
        var cluster = await OpenAsync(options, cancellation);
        return await cluster.StopAsync(cancellation);
    }

    /// <summary>The running cluster of a data folder, or null. Changes nothing.</summary>
    public static async Task<LocalCluster?> FindAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(options.DataFolder, SecretsFile)))
            return null;
        var cluster = await OpenAsync(options, cancellation);
        return cluster.postmaster.IsRunning() ? cluster : null;
    }

    /// <summary>The same roles in another database of this cluster.</summary>
    public string InDatabase(string connectionString, string database) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;

    /// <summary>
    /// Copies a database whole, files and all, which takes some 20 ms. Nobody may be connected to the template, a pool's idle connection
    /// included. What ALTER DATABASE set on the template is not copied.
    /// </summary>
    public Task CloneDatabaseAsync(string template, string name, CancellationToken cancellation) =>
        AsSuperuserAsync(
            $"CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" OWNER {OwnerRole} STRATEGY file_copy", cancellation);

    /// <summary>Drops a database, ending the sessions still in it.</summary>
    public Task DropDatabaseAsync(string name, CancellationToken cancellation) =>
        AsSuperuserAsync($"DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)", cancellation);

    /// <summary>A temporary cluster is stopped and deleted; any other goes on running.</summary>
    public async ValueTask DisposeAsync()
    {
        if (caretaker is not null)
            await DismissAsync(caretaker);
        caretaker = null;
    }

    private static async Task<LocalCluster> OpenAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        var account = ServerAccount.Choose(options.ServerAccount);
        options = options with { DataFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataFolder)) };
        var secrets = ReadOrMakeSecrets(options.DataFolder);
        var place = await ClusterPlace.ChooseAsync(options, secrets.Identity, account, cancellation);
        var binaries = await PostgresBinaries.FindAsync(place.MadeBy, cancellation);
        return new LocalCluster(options, account, secrets, place, binaries);
    }

    private static ClusterSecrets ReadOrMakeSecrets(string dataFolder)
    {
        var path = Path.Combine(dataFolder, SecretsFile);
        if (ClusterSecrets.Read(path) is { } kept)
            return kept;
        if (Directory.Exists(Path.Combine(dataFolder, "postgres", "data")))
            throw new LocalPostgresException(
                $"{path} is missing: it holds the passwords of the cluster beside it. Put it back, or begin with a new data folder.");
        var made = ClusterSecrets.Generate();
        made.Write(path);
        return made;
    }

    // A cluster is made under another name and renamed when complete, so that an interrupted first start leaves nothing half-made.
    private async Task MakeAsync(CancellationToken cancellation)
    {
        await account.CreateFolderAsync(place.Home, cancellation);
        await account.CreateFolderAsync(place.Log, cancellation);
        await account.CreateFolderAsync(place.Socket, cancellation);
        if (place.MadeBy is not null)
            return;
        var passwordFile = Path.Combine(place.Home, "superuser-password");
        await account.DeleteAsync(cancellation, place.Draft);
        await account.WriteAsync(passwordFile, secrets.SuperuserPassword, cancellation);
        string[] arguments =
        [
            "--pgdata", place.Draft, "--username", Superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums", .. options.Durable ? [] : new[] { "--no-sync" },
        ];
        await account.ExpectAsync(place.Home, binaries.Initdb, arguments, null, cancellation);
        await account.ExpectAsync(
            place.Home, "dd", ["status=none", "oflag=append", "conv=notrunc", $"of={Path.Combine(place.Draft, "postgresql.conf")}"],
            $"\ninclude_if_exists = '{ServerSettings.FileName}'\n", cancellation);
        await account.DeleteAsync(cancellation, passwordFile);
        await account.ExpectAsync(place.Home, "mv", [place.Draft, place.Data], null, cancellation);
    }

    // Each round looks at the world anew: served here and answering, served but not yet (starting, recovering, stopping), a crash's last
    // processes on their way out, or nobody, and then it is started.
    private async Task RunAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(options.StartTimeout);
        try
        {
            while (!(postmaster.IsRunning() && await AnswersAsync(deadline.Token)))
                if (postmaster.AnyoneIsLeft())
                    await Task.Delay(Pause, deadline.Token);
                else
                    await LaunchAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LocalPostgresException(
                $"PostgreSQL did not accept connections within {options.StartTimeout.TotalSeconds:0} seconds. Its log is in {place.Log}.");
        }
    }

    private async Task LaunchAsync(CancellationToken cancellation)
    {
        await account.WriteAsync(
            Path.Combine(place.Data, ServerSettings.FileName), ServerSettings.For(place, options.Durable), cancellation);
        // Nobody works here, so what is left of a crash are names without owners.
        await account.DeleteAsync(cancellation, place.PidFile, Path.Combine(place.Socket, ClusterPlace.SocketName + ".lock"));
        // pg_ctl hands paths to a shell: relative ones hold nothing that a shell could misread. Once begun, a launch is seen through.
        var started = await account.RunAsync(
            place.Home, binaries.PgCtl, ["start", "-w", "-t", $"{options.StartTimeout.TotalSeconds:0}", "-D", "data", "-l", "log/start.log"],
            null, CancellationToken.None);
        if (!started.Succeeded)
            throw new LocalPostgresException($"PostgreSQL did not start: {started.Output} Its words are in {place.Log}/start.log.");
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        try
        {
            await AsSuperuserAsync("SELECT 1", cancellation);
            return true;
        }
        catch (PostgresException problem) when (problem.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new LocalPostgresException(
                $"The passwords in {options.DataFolder}/{SecretsFile} are not those of the cluster in {place.Home}.", problem);
        }
        catch (NpgsqlException problem) when (problem is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
        {
            return false;
        }
    }

    // One by one and only what is missing: a first start may have been interrupted between any two of them.
    private async Task EnsureDatabaseAsync(CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(cancellation);
        await using var look = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $2)", connection)
        {
            Parameters = { new() { Value = OwnerRole }, new() { Value = Database } },
        };
        bool hasRole, hasDatabase;
        await using (var reader = await look.ExecuteReaderAsync(cancellation))
        {
            await reader.ReadAsync(cancellation);
            (hasRole, hasDatabase) = (reader.GetBoolean(0), reader.GetBoolean(1));
        }

        if (!hasRole)
            await ExecuteAsync(
                connection, $"CREATE ROLE {OwnerRole} LOGIN CREATEROLE PASSWORD '{ClusterSecrets.ScramVerifier(secrets.OwnerPassword)}'",
                cancellation);
        if (!hasDatabase)
            await ExecuteAsync(connection, $"CREATE DATABASE {Database} OWNER {OwnerRole}", cancellation);
    }

    private async Task<bool> StopAsync(CancellationToken cancellation)
    {
        if (!postmaster.AnyoneIsLeft())
            return false;
        while (postmaster.AnyoneIsLeft())
            if (postmaster.IsRunning())
                await account.RunAsync(place.Home, binaries.PgCtl, ["stop", "-w", "-m", "fast", "-D", "data"], null, cancellation);
            else
                await Task.Delay(Pause, cancellation);
        return true;
    }

    private async Task AsSuperuserAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(cancellation);
        await ExecuteAsync(connection, sql, cancellation);
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        var text = ConnectionString(Superuser, secrets.SuperuserPassword, MaintenanceDatabase);
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(text) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellation);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private string ConnectionString(string role, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = place.Socket,
        Database = database,
        Username = role,
        Password = password,
    }.ConnectionString;

    // Starts and stops of one data folder take turns; the kernel gives the turn back when a process dies.
    private static async Task<FileStream> TakeTurnAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.DataFolder);
        var path = Path.Combine(options.DataFolder, "postgres.lock");
        for (; ; await Task.Delay(Pause, cancellation))
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                cancellation.ThrowIfCancellationRequested();
            }
    }

    // A shell that waits for the end of its input, which is our end too, however it comes: then it stops the cluster and deletes it.
    // A terminal's Ctrl-C reaches it with everybody else, so it does not listen.
    private static Process Caretaker(string folder, ServerAccount account, string pgCtl)
    {
        const string script = """
            trap '' INT TERM HUP
            cat >/dev/null
            "$2" stop -w -m immediate -D "$1/postgres/data"
            rm -rf -- "$1"
            """;
        return account.Start("/", "sh", ["-c", script, "caretaker", folder, pgCtl]);
    }

    private static async Task DismissAsync(Process caretaker)
    {
        using (caretaker)
        {
            caretaker.StandardInput.Close();
            await caretaker.WaitForExitAsync();
        }
    }
}

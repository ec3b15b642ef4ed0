namespace AdminPortal.LocalPostgres;

/// <summary>The settings written at each start; ALTER SYSTEM still wins over them.</summary>
internal static class ServerSettings
{
    public const string FileName = "adminportal.conf";

    public static string For(ClusterPlace place, bool durable) => $"""
        # Written at each start. For settings of your own use ALTER SYSTEM, which wins over this file.

        # Reached through the socket alone: no port to collide, nothing to reach from outside.
        listen_addresses = ''
        unix_socket_directories = {QuotedInList(place.Socket)}
        unix_socket_permissions = 0700
        password_encryption = 'scram-sha-256'
        cluster_name = 'adminportal'

        # Messages are matched and searched: one language, one clock.
        lc_messages = 'C.UTF-8'
        timezone = 'UTC'
        log_timezone = 'UTC'

        # A week of logs, a file a day. Parameters stay out of them: they may be secrets.
        logging_collector = on
        log_directory = {Quoted(place.Log)}
        log_filename = 'postgresql-%a.log'
        log_truncate_on_rotation = on
        log_rotation_size = 0
        log_lock_waits = on
        log_parameter_max_length = 0
        log_parameter_max_length_on_error = 0

        # Many short queries, large imports now and then, an SSD.
        jit = off
        random_page_cost = 1.1
        {(durable ? Durable : Disposable)}

        """;

    private const string Durable = """
        max_connections = 100
        shared_buffers = '256MB'
        max_wal_size = '2GB'
        synchronous_commit = on
        """;

    // A killed server still finds every commit in the kernel's cache; only a lost machine would not, and it takes the test with it.
    private const string Disposable = """
        max_connections = 300
        shared_buffers = '128MB'
        fsync = off
        full_page_writes = off
        wal_level = minimal
        max_wal_senders = 0
        """;

    private static string Quoted(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string QuotedInList(string value) => Quoted($"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
}

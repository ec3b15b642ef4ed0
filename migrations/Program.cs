using AdminPortal.Migrations;
using Npgsql;

// The migrator: reads ConnectionStrings__Owner and ConnectionStrings__Portal, migrates, and ends. A serving process never migrates.
var owner = Environment.GetEnvironmentVariable("ConnectionStrings__Owner");
var serving = Environment.GetEnvironmentVariable("ConnectionStrings__Portal");
if (string.IsNullOrEmpty(owner) || string.IsNullOrEmpty(serving))
{
    await Console.Error.WriteLineAsync("Set ConnectionStrings__Owner (the role that owns the schema) and ConnectionStrings__Portal (the role that serves).");
    return 2;
}

try
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };
    await Migrator.MigrateAsync(owner, serving, stop.Token);
    return 0;
}
catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
{
    await Console.Error.WriteLineAsync($"The database was not migrated: {exception.Message}");
    return 1;
}

using System.ComponentModel;
using System.Diagnostics;

namespace AdminPortal.LocalPostgres;

/// <summary>What a finished program left behind.</summary>
internal sealed record Finished(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>
/// The account that owns the cluster's files and runs PostgreSQL's programs: ourselves, or, when we are root, an unprivileged one.
/// Root never writes inside a folder that account owns, where a planted link could lead it anywhere: the account writes for itself.
/// </summary>
internal sealed class ServerAccount
{
    private readonly string? name;

    private ServerAccount(string? name) => this.name = name;

    public static ServerAccount Ourselves { get; } = new(null);

    /// <summary>True when PostgreSQL runs as somebody else than we do.</summary>
    public bool IsAnother => name is not null;

    public string Name => name ?? Environment.UserName;

    public static ServerAccount Choose(string unprivileged) => new(Environment.IsPrivilegedProcess ? unprivileged : null);

    /// <summary>Runs a program to its end in <paramref name="folder"/>; a cancelled one is killed with all it started.</summary>
    public async Task<Finished> RunAsync(string folder, string program, string[] arguments, string? input, CancellationToken cancellation)
    {
        using var process = Start(folder, program, arguments);
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var output = await process.StandardOutput.ReadToEndAsync(cancellation) + await errors;
            await process.WaitForExitAsync(cancellation);
            return new Finished(process.ExitCode, output.Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a program whose input stays open until the returned process is told otherwise.</summary>
    public Process Start(string folder, string program, string[] arguments)
    {
        // By way of env, which looks in PATH alone: .NET would take a program of that name from the current folder first.
        var start = new ProcessStartInfo("/usr/bin/env", ["--", program, .. arguments])
        {
            UserName = name,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new LocalPostgresException($"{program} cannot be run as {Name} in {folder}: {problem.Message}.", problem);
        }
    }

    public async Task<bool> CanSearchAsync(string folder, CancellationToken cancellation) =>
        !IsAnother || (await RunAsync("/", "test", ["-x", folder], null, cancellation)).Succeeded;

    /// <summary>Makes a folder that belongs to the account and is closed to everybody else (except root).</summary>
    public async Task CreateFolderAsync(string folder, CancellationToken cancellation)
    {
        if (!IsAnother)
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }

        await Ourselves.ExpectAsync("/", "install", ["-d", "-m", "700", "-o", name!, folder], null, cancellation);
    }

    public Task WriteAsync(string path, string text, CancellationToken cancellation) =>
        ExpectAsync("/", "dd", ["status=none", $"of={path}"], text, cancellation);

    public Task DeleteAsync(CancellationToken cancellation, params string[] paths) =>
        ExpectAsync("/", "rm", ["-rf", "--", .. paths], null, cancellation);

    /// <summary>Runs a program that has no business failing.</summary>
    public async Task<string> ExpectAsync(
        string folder, string program, string[] arguments, string? input, CancellationToken cancellation)
    {
        var finished = await RunAsync(folder, program, arguments, input, cancellation);
        return finished.Succeeded
            ? finished.Output
            : throw new LocalPostgresException($"{program}, run as {Name}, failed ({finished.ExitCode}): {finished.Output}");
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AdminPortal.Tests.Workshop;

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Every file of a folder that a person wrote, as paths from the root.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".cshtml", StringComparison.Ordinal))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Runs a program at the root and returns what it wrote and its exit code.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = new FileInfo(File.Exists(here) ? here : AppContext.BaseDirectory).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "AdminPortal.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests lie in no repository.");
    }
}

using System.Diagnostics;
using System.Text;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>A mail program of this machine. ./test installs the package of each; where it cannot, its tests are skipped and say so.</summary>
internal sealed record MailProgram(string Name, string Package)
{
    public static readonly MailProgram Curl = new("curl", "curl");
    public static readonly MailProgram Fetchmail = new("fetchmail", "fetchmail");
    public static readonly MailProgram Mbsync = new("mbsync", "isync");
    public static readonly MailProgram Mpop = new("mpop", "mpop");
    public static readonly MailProgram NeoMutt = new("neomutt", "neomutt");
    public static readonly MailProgram Node = new("node", "nodejs");
    public static readonly MailProgram Swaks = new("swaks", "swaks");
    public static readonly MailProgram Python = new("python3", "python3");
    public static readonly MailProgram Script = new("script", "bsdutils");

    public string Path =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => System.IO.Path.Combine(folder, Name)).FirstOrDefault(File.Exists)
        ?? throw Xunit.Sdk.SkipException.ForSkip($"There is no {Name} on this machine (Debian: apt-get install {Package}).");
}

/// <summary>A home folder of one program's own: its settings and its mail lie there, and go with it.</summary>
internal sealed class ProgramHome : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("adminportal-program-");

    public string Folder => folder.FullName;

    /// <summary>What its program finds in its environment beside the usual.</summary>
    public Dictionary<string, string> Environment { get; } = new() { ["LC_ALL"] = "C.UTF-8", ["TERM"] = "dumb" };

    /// <summary>Writes a file that only its owner may read, as these programs demand where a password is in it.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Runs it to its end and returns what it wrote; a failing one fails the test with its words.</summary>
    public async Task<string> RunAsync(MailProgram program, IEnumerable<string> arguments, string? input = null)
    {
        var (exitCode, output, errors) = await TryAsync(program, arguments, input);
        Assert.True(exitCode == 0, $"{program.Name} ended with {exitCode}:\n{errors}\n{output}");
        return output;
    }

    /// <summary>Runs it to its end, whatever that is.</summary>
    public async Task<ProgramEnd> TryAsync(MailProgram program, IEnumerable<string> arguments, string? input = null)
    {
        using var process = Process.Start(Start(program, arguments)) ?? throw new InvalidOperationException($"{program.Name} did not start.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await TellAsync(process, input, patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return new(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{program.Name} did not end within {Patience}.");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => folder.Delete(recursive: true);

    private ProcessStartInfo Start(MailProgram program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program.Path, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in Environment.Prepend(new("HOME", Folder))) start.Environment[name] = value;
        return start;
    }

    private static async Task TellAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        // A program that reads nothing may be gone already, and even an empty write to it fails.
        if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
    }
}

internal sealed record ProgramEnd(int ExitCode, string Output, string Errors);

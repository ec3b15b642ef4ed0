using System.Runtime.CompilerServices;
using AdminPortal.MailServer;
using Xunit;

namespace AdminPortal.MailServerTests;

/// <summary>Who may import whom, within the library and from it.</summary>
public sealed class RoomsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Wire"] = [],
        ["Relay"] = ["Wire"],
        ["Sasl"] = ["Wire", "Relay"],
        ["Imap"] = ["Wire", "Sasl"],
        ["Pop3"] = ["Wire", "Sasl"],
        ["Submission"] = ["Wire", "Sasl"],
        ["Memory"] = [],
    };

    [Fact]
    public void Rooms_import_only_what_they_may()
    {
        var sources = Directory.GetFiles(LibraryFolder(), "*.cs", SearchOption.AllDirectories)
            .Where(file => Allowed.ContainsKey(Room(file))).ToList();
        Assert.NotEmpty(sources);
        foreach (var file in sources)
            foreach (var room in Imports(file).Where(import => Allowed.ContainsKey(import)))
                Assert.True(room == Room(file) || Allowed[Room(file)].Contains(room), $"{file} imports {room}");
    }

    [Fact]
    public void The_library_knows_no_database_no_mail_client_and_no_portal()
    {
        var referenced = typeof(IMailBackend).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();
        Assert.DoesNotContain(referenced, name => name is "MailKit" or "Npgsql" or "AdminPortal");
        Assert.DoesNotContain(referenced, name => name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal));
    }

    private static string LibraryFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", "MailServer"));

    private static string Room(string file) => Path.GetFileName(Path.GetDirectoryName(file)!);

    private static IEnumerable<string> Imports(string file) =>
        File.ReadLines(file).Where(line => line.StartsWith("using AdminPortal.MailServer.", StringComparison.Ordinal))
            .Select(line => line["using AdminPortal.MailServer.".Length..].TrimEnd(';'));
}

using System.Reflection;
using AdminPortal.Data;
using AdminPortal.LocalPostgres;
using AdminPortal.MailServer;
using Xunit;

namespace AdminPortal.Tests.Workshop;

/// <summary>The rooms stay apart: see the table in <see cref="ImportRules"/>.</summary>
public sealed class ImportTests
{
    // For the examples: one room, and one type in it.
    private static readonly Dictionary<string, string> MailAccess = new() { ["MailAccess.SetMailAccess"] = "AdminPortal.Features.MailAccess" };

    [Fact]
    public void Every_file_imports_only_what_its_room_may()
    {
        var files = Repository.Sources("src").Concat(Repository.Sources("migrations")).ToArray();
        var rooms = Rooms();
        var violations = files.SelectMany(file => ImportRules.Violations(file, Repository.Read(file), rooms)).ToArray();

        Assert.NotEmpty(files);
        Assert.True(violations.Length == 0, string.Join('\n', violations));
    }

    [Theory]
    [InlineData("src/AdminPortal/Features/Domains/ListDomains.cs", "using AdminPortal.Features.MailAccess;")]
    [InlineData("src/AdminPortal/Features/Domains/ListDomains.cs", "var answer = new MailAccess.SetMailAccess();")]
    [InlineData("src/AdminPortal/Features/Domains/Index.cshtml", "@model AdminPortal.Features.MailAccess.EditModel")]
    [InlineData("src/AdminPortal/Features/Domains/ListDomains.cs", "using AdminPortal.MailServer;")]
    [InlineData("src/AdminPortal/Features/Domains/ListDomains.cs", "using Smtp = MailKit.Net.Smtp.SmtpClient;")]
    [InlineData("src/AdminPortal/Jobs/Worker.cs", "using AdminPortal.Features.MailAccess;")]
    [InlineData("src/AdminPortal/Hosting/Health.cs", "using MailKit;")]
    [InlineData("src/AdminPortal/Data/Mailbox.cs", "using AdminPortal.Hosting;")]
    [InlineData("src/AdminPortal/Data/Mailbox.cs", "public string Name(HttpContext context) => context.ToString();")]
    [InlineData("src/MailServer/Imap/Login.cs", "using AdminPortal.MailServer.Pop3;")]
    [InlineData("src/MailServer/Wire/Lines.cs", "using AdminPortal.MailServer.Sasl;")]
    [InlineData("src/MailServer/Memory/Backend.cs", "using Npgsql;")]
    [InlineData("src/LocalPostgres/LocalCluster.cs", "using AdminPortal.Data;")]
    [InlineData("src/AdminPortal/Helpers/Strings.cs", "using AdminPortal.Data;")]
    public void A_forbidden_import_is_named_with_its_file_and_line(string file, string line) =>
        Assert.StartsWith($"{file}:2 imports ", Assert.Single(ImportRules.Violations(file, $"\n{line}\n", MailAccess)), StringComparison.Ordinal);

    [Theory]
    [InlineData("src/AdminPortal/Program.cs", "using AdminPortal.Features.MailAccess;")]
    [InlineData("src/AdminPortal/Features/Domains/ListDomains.cs", "using AdminPortal.Features.Shared;")]
    [InlineData("src/AdminPortal/Features/MailHosting/Backend.cs", "using AdminPortal.MailServer;")]
    [InlineData("src/AdminPortal/Features/Connectivity/Probes/ImapProbe.cs", "using MailKit.Net.Imap;")]
    [InlineData("src/AdminPortal/Hosting/OutgoingMailSender.cs", "using MailKit.Net.Smtp;")]
    [InlineData("src/AdminPortal/Data/User.cs", "using Microsoft.AspNetCore.Identity.EntityFrameworkCore;")]
    [InlineData("src/AdminPortal/Data/User.cs", "// HttpContext has no place here, nor has AdminPortal.Hosting.Health")]
    [InlineData("src/AdminPortal/Data/User.cs", "const string Text = \"AdminPortal.Hosting.Health\";")]
    [InlineData("src/MailServer/Imap/Login.cs", "using AdminPortal.MailServer.Sasl;")]
    public void What_a_room_may_import_is_not_held_against_it(string file, string line) =>
        Assert.Empty(ImportRules.Violations(file, line, MailAccess));

    [Fact]
    public void The_mail_server_knows_no_portal_no_database_and_no_client() =>
        AssertReferencesNone(typeof(IMailBackend).Assembly, "AdminPortal", "Microsoft.EntityFrameworkCore", "Npgsql", "MailKit");

    [Fact]
    public void The_portal_knows_neither_its_migrations_nor_how_its_database_is_run() =>
        AssertReferencesNone(typeof(PortalDbContext).Assembly, "AdminPortal.Migrations", "AdminPortal.LocalPostgres");

    [Fact]
    public void The_local_cluster_knows_nothing_of_the_portal() =>
        AssertReferencesNone(typeof(LocalCluster).Assembly, "AdminPortal", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore");

    // Every room and the types that its files are named after: MailAccess.SetMailAccess lies in AdminPortal.Features.MailAccess.
    private static Dictionary<string, string> Rooms() =>
        (from parent in new[]
         {
             (Folder: "src/AdminPortal", Name: "AdminPortal"),
             (Folder: "src/AdminPortal/Features", Name: "AdminPortal.Features"),
             (Folder: "src/MailServer", Name: "AdminPortal.MailServer"),
         }
         from room in Directory.GetDirectories(Path.Combine(Repository.Root, parent.Folder))
         where Path.GetFileName(room) is not ("bin" or "obj" or "Features")
         let name = $"{parent.Name}.{Path.GetFileName(room)}"
         from file in Directory.EnumerateFiles(room, "*.cs", SearchOption.AllDirectories)
         select (Key: $"{Path.GetFileName(room)}.{Path.GetFileName(file).Split('.')[0]}", name))
        .DistinctBy(each => each.Key)
        .ToDictionary(each => each.Key, each => each.name);

    private static void AssertReferencesNone(Assembly assembly, params string[] forbidden) =>
        Assert.DoesNotContain(
            assembly.GetReferencedAssemblies(),
            reference => forbidden.Any(each => reference.Name == each || reference.Name!.StartsWith(each + ".", StringComparison.Ordinal)));
}

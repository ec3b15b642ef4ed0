using System.Runtime.CompilerServices;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>imapflow, which many web mailers and services are built on: folders, search, QRESYNC and IDLE as it uses them.</summary>
[Collection(MailPortal.Programs)]
public sealed class ImapFlowTests(MailPortal portal)
{
    private const int OldestNode = 20;

    [Fact]
    public async Task It_handles_folders_reads_finds_flags_moves_and_hears_of_others()
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome { Environment = { ["NODE_PATH"] = Modules() } };
        var version = (await home.RunAsync(MailProgram.Node, ["--version"])).Trim();
        Assert.SkipUnless(int.Parse(version[1..version.IndexOf('.')]) >= OldestNode, $"imapflow needs Node.js {OldestNode}, and here is {version}.");

        await home.RunAsync(
            MailProgram.Node,
            [Path.Combine(AppContext.BaseDirectory, "MailPrograms", "imapflow", "story.cjs"), portal.Ports.Imaps.ToString(), portal.AuthorityPath, mailbox.Address],
            input: mailbox.Password);
    }

    /// <summary>Where the build has put it: see ImapFlow.targets.</summary>
    private static string Modules([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "obj", "imapflow", "node_modules"));
}

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// GETQUOTA and GETQUOTAROOT (RFC 9208, 4.1): all folders of a mailbox share one quota, whose root is the empty name. Storage is counted in
/// units of 1,024 octets. Nobody changes a quota by IMAP.
/// </summary>
internal static class GetQuota
{
    private const long Unit = 1_024;

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var root = line.Arguments.AString();
        line.Arguments.End();
        if (root.Length > 0)
            return ImapReply.No("No such quota root", "NONEXISTENT");
        await TellAsync(imap);
        return ImapReply.Ok("Done");
    }

    public static async Task<ImapReply> RunRootAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = FolderName.Parse(imap, line.Arguments);
        line.Arguments.End();
        if (name is null || await imap.Store.GetStatusAsync([name], imap.Stopping) is not [_])
            return ImapReply.NoSuchFolder();
        imap.Output.Write("* QUOTAROOT "u8);
        imap.WriteFolder(name);
        // What all share counts towards nobody's.
        if (SharedFolders.Hold(name))
        {
            imap.Output.EndLine();
            return ImapReply.Ok("Done");
        }

        imap.Output.Write(" \"\""u8).EndLine();
        await TellAsync(imap);
        return ImapReply.Ok("Done");
    }

    private static async Task TellAsync(ImapConnection imap)
    {
        var quota = await imap.Store.GetQuotaAsync(imap.Stopping);
        imap.Untagged($"QUOTA \"\" ({(quota.Limit is { } limit ? $"STORAGE {(quota.Octets + Unit - 1) / Unit} {limit / Unit}" : "")})");
    }
}

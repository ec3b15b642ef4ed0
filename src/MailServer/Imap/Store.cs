namespace AdminPortal.MailServer.Imap;

/// <summary>STORE and UID STORE (RFC 9051, 6.4.6).</summary>
internal static class Store
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        line.Arguments.Space();
        var set = line.Arguments.Sequence();
        line.Arguments.Space();
        var (change, silent) = ParseChange(line.Arguments);
        var messages = imap.Selected!.Resolve(set, byUid);
        if (imap.Selected.ReadOnly)
            return ImapReply.ReadOnly();
        if (messages.Count == 0)
            return ImapReply.Ok("Nothing to change");
        var result = await imap.Selected.Folder.StoreFlagsAsync(
            [.. messages.Select(m => m.Message.Uid)], change, unchangedSince: null, imap.Stopping);
        imap.Selected.Update(result.Messages);
        if (!silent)
            await TellAsync(imap, result.Messages, byUid);
        return ImapReply.Ok("Stored");
    }

    private static async Task TellAsync(ImapConnection imap, IReadOnlyList<MessageSummary> messages, bool byUid)
    {
        foreach (var message in messages)
        {
            if (imap.Selected!.Find(message.Uid) is { } told)
                imap.Selected.TellFlags(told, withUid: byUid);
            await imap.Output.FlushIfLongAsync(imap.Stopping);
        }
    }

    private static (FlagChange Change, bool Silent) ParseChange(ImapParser arguments)
    {
        var mode = arguments.TryTake('+') ? FlagChangeMode.Add : arguments.TryTake('-') ? FlagChangeMode.Remove : FlagChangeMode.Replace;
        var silent = arguments.Name() switch
        {
            "FLAGS" => false,
            "FLAGS.SILENT" => true,
            _ => throw new ImapSyntaxException("FLAGS, +FLAGS or -FLAGS is missing"),
        };
        arguments.Space();
        var (flags, keywords) = ImapFlags.Parse(arguments.PeekIs('(') ? arguments.List(arguments.Flag) : Bare(arguments));
        arguments.End();
        return (new FlagChange(mode, flags, keywords), silent);
    }

    /// <summary>Flags may stand without parentheses.</summary>
    private static List<string> Bare(ImapParser arguments)
    {
        var flags = new List<string> { arguments.Flag() };
        while (arguments.TryTake(' '))
            flags.Add(arguments.Flag());
        return flags;
    }
}

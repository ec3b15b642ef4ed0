namespace AdminPortal.MailServer.Imap;

/// <summary>THREAD and UID THREAD (RFC 5256).</summary>
internal static class ThreadMessages
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        line.Arguments.Space();
        var algorithm = line.Arguments.Keyword();
        line.Arguments.Space();
        if (!Search.TakesCharset(line.Arguments))
            return ImapReply.No("Search in UTF-8", "BADCHARSET (UTF-8)");
        var parser = new SearchParser(line.Arguments, imap);
        var key = parser.Parse();
        if (algorithm is not ("ORDEREDSUBJECT" or "REFERENCES"))
            return ImapReply.Bad("Unknown algorithm");
        var facts = await Sort.FactsAsync(imap, await Search.FindAsync(imap, parser, key));
        await TellAsync(imap, algorithm == "REFERENCES" ? ThreadForest.ByReferences(facts) : ThreadForest.BySubject(facts), byUid);
        return ImapReply.Ok("Threaded");
    }

    /// <summary>One child goes on in the line, several stand in parentheses of their own. What is yet to be written waits on a stack.</summary>
    private static async Task TellAsync(ImapConnection imap, List<ThreadNode> roots, bool byUid)
    {
        imap.Output.BeginBlock();
        imap.Output.Write(roots.Count > 0 ? "* THREAD " : "* THREAD");
        var open = new Stack<(ThreadNode? Node, string Text)>();
        Push(open, roots);
        while (open.TryPop(out var next))
        {
            if (next.Node is not { } node)
            {
                imap.Output.Write(next.Text);
                continue;
            }

            if (node.Facts is { Message: var message })
                imap.Output.Write(byUid ? message.Message.Uid : message.Number).Write(node.Children.Count > 0 ? " " : "");
            if (node is { IsDummy: false, Children: [var only] })
                open.Push((only, ""));
            else
                Push(open, node.Children);
            await imap.Output.FlushIfLongAsync(imap.Stopping);
        }

        imap.Output.EndLine();
        imap.Output.EndBlock();
    }

    private static void Push(Stack<(ThreadNode? Node, string Text)> open, List<ThreadNode> nodes)
    {
        foreach (var node in Enumerable.Reverse(nodes))
        {
            open.Push((null, ")"));
            open.Push((node, ""));
            open.Push((null, "("));
        }
    }
}

using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// APPEND (RFC 9051, 6.3.12) of one message or several (RFC 3502). Each message is streamed into a spool; all of them are handed to the
/// store at once, so they are stored together or not at all, and OK means stored for good.
/// </summary>
internal static class Append
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        var arguments = ParseBeforeMessage(imap, line.Arguments);
        var messages = new List<(AppendArguments Arguments, Spool Content)>();
        try
        {
            return line.Message is { } first
                ? await ReceiveAllAsync(imap, arguments, first, messages) ?? await StoreAsync(imap, arguments.Folder, messages)
                : ImapReply.Bad("The message is missing");
        }
        finally
        {
            foreach (var (_, content) in messages)
                await content.DisposeAsync();
        }
    }

    /// <summary>Folder, flags and date, up to where the message's literal must stand.</summary>
    public static AppendArguments ParseBeforeMessage(ImapConnection imap, ImapParser parser)
    {
        parser.Space();
        var folder = FolderName.Parse(imap, parser);
        parser.Space();
        return ParseMessageArguments(parser, folder);
    }

    private static AppendArguments ParseMessageArguments(ImapParser parser, string? folder)
    {
        var flags = parser.PeekIs('(') ? parser.List(parser.Flag) : null;
        if (flags is not null)
            parser.Space();
        DateTimeOffset? date = parser.PeekIs('"') ? parser.DateTime() : null;
        if (date is not null)
            parser.Space();
        return new AppendArguments(folder, flags ?? [], date, parser.TryTake('~'));
    }

    /// <summary>Null when all messages are there.</summary>
    private static async Task<ImapReply?> ReceiveAllAsync(
        ImapConnection imap, AppendArguments arguments, PendingLiteral literal, List<(AppendArguments, Spool)> messages)
    {
        while (true)
        {
            if (Refuse(imap, literal) is { } refusal)
                return refusal;
            var content = new Spool();
            messages.Add((arguments, content));
            var problem = await ReceiveAsync(imap, literal, content, arguments.Binary);
            if (imap.Finished)
                return problem;
            var rest = await imap.Connection.ReadLineAsync(imap.Connection.Limits.ImapCommandSize);
            if (rest.End != LineEnd.CrLf || (problem is not null && rest.Bytes.Span.EndsWith("+}"u8)))
                return await LostAsync(imap);
            if (rest.Bytes.IsEmpty || problem is not null)
                return problem;
            var parser = new ImapParser(rest.Bytes);
            parser.Space();
            arguments = ParseMessageArguments(parser, arguments.Folder);
            if (!parser.PeekIs('{') || !ImapCommandReader.TryParseAnnouncement(rest.Bytes.Span, out literal))
                return ImapReply.Bad("A message is missing");
        }
    }

    /// <summary>Before the <c>+</c>: what is too great never starts to flow.</summary>
    private static ImapReply? Refuse(ImapConnection imap, PendingLiteral literal)
    {
        if (!literal.Synchronizing && literal.Size > ImapCommandReader.LongestNonSynchronizing)
        {
            // It flows already, and cannot be told from commands: nothing to do but to leave (RFC 7888, 5).
            imap.Untagged("BYE [TOOBIG] Wait for the continuation with a message of that size");
            imap.Finished = true;
            return ImapReply.Bad("LITERAL- allows 4096 octets without waiting", "TOOBIG");
        }

        if (literal.Size <= imap.Connection.Limits.MessageSize)
            return null;
        imap.Connection.LimitReached(nameof(imap.Connection.Limits.MessageSize));
        return ImapReply.No($"A message may have {imap.Connection.Limits.MessageSize} octets", "TOOBIG");
    }

    private static async Task<ImapReply?> ReceiveAsync(ImapConnection imap, PendingLiteral literal, Spool content, bool binary)
    {
        if (literal.Synchronizing)
        {
            imap.Output.WriteLine("+ Go on");
            await imap.Output.FlushAsync(imap.Stopping);
        }

        var lines = new LineEnds();
        for (var left = literal.Size; left > 0;)
        {
            var pieces = new List<byte[]>();
            var before = left;
            await imap.Connection.Input.ReadSomeAsync(buffer =>
            {
                var taken = Math.Min(buffer.Length, left);
                pieces.AddRange(lines.Normalise(buffer.Slice(0, taken)));
                left -= taken;
                return taken;
            }, imap.Stopping);
            if (left == before)
                return await LostAsync(imap);
            imap.Connection.Touch();
            foreach (var piece in pieces)
                await content.AppendAsync(piece, imap.Stopping);
        }

        // Binary content would have to be encoded anew to be kept (RFC 3516, 4.4).
        return lines.SawNul ? ImapReply.No("Messages hold no NUL", binary ? "UNKNOWN-CTE" : "CANNOT") : null;
    }

    private static async Task<ImapReply> StoreAsync(ImapConnection imap, string? folder, List<(AppendArguments, Spool)> messages)
    {
        if (messages.Any(m => m.Item2.Length == 0))
            return ImapReply.No("An empty message is none", "CANNOT");
        if (folder is null)
            return ImapReply.BadName();
        var outcome = await imap.Store.AppendAsync(folder, [.. messages.Select(Message)], imap.Stopping);
        return outcome switch
        {
            AppendOutcome.Appended appended =>
                ImapReply.Ok("Stored", $"APPENDUID {appended.UidValidity} {SequenceSet.Format(appended.Uids)}"),
            AppendOutcome.OverQuota => ImapReply.OverQuota(),
            _ => ImapReply.TryCreate(),
        };
    }

    private static NewMessage Message((AppendArguments Arguments, Spool Content) message)
    {
        var (flags, keywords) = ImapFlags.Parse(message.Arguments.Flags);
        return new NewMessage(flags, keywords, message.Arguments.InternalDate, message.Content.Rewind());
    }

    private static async Task<ImapReply> LostAsync(ImapConnection imap)
    {
        await imap.ShowOutAsync("BYE The command does not end where it should");
        return ImapReply.Bad("The command does not end where it should");
    }
}

/// <param name="Folder">Null when the name cannot be one; the message is taken off the wire all the same.</param>
/// <param name="Binary">The message comes as a literal8.</param>
internal sealed record AppendArguments(string? Folder, IReadOnlyList<string> Flags, DateTimeOffset? InternalDate, bool Binary);

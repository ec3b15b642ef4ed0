using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// APPEND (RFC 9051, 6.3.12) of one message or several (RFC 3502). Each message is streamed into a spool; all of them are handed to the
/// store at once, so they are stored together or not at all, and OK means stored for good.
/// </summary>
internal static class Append
{
    /// <summary>What one command may bring: they lie on the disk until the last is here.</summary>
    private const int MostMessages = 1_000;
    private const int MostTogether = 4;

    /// <summary>A message of this size is worth a question to the store before it flows.</summary>
    private const long WorthAsking = 64 * 1024;

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
        return ParseMessageArguments(imap, parser, folder);
    }

    private static AppendArguments ParseMessageArguments(ImapConnection imap, ImapParser parser, string? folder)
    {
        var flags = parser.PeekIs('(') ? parser.List(parser.Flag) : null;
        if (flags is not null)
            parser.Space();
        DateTimeOffset? date = parser.PeekIs('"') ? parser.DateTime() : null;
        if (date is not null)
            parser.Space();
        var utf8 = imap.SpeaksUtf8 && TakesUtf8(parser);
        var binary = parser.TryTake('~');
        return !utf8 || binary
            ? new AppendArguments(folder, flags ?? [], date, binary, utf8)
            : throw new ImapSyntaxException("UTF8 holds a literal8");
    }

    /// <summary>RFC 6855, 4: <c>UTF8 (~{n} …)</c> around a message with UTF-8 in its header. It is kept as it comes, like any other.</summary>
    private static bool TakesUtf8(ImapParser parser)
    {
        if (!parser.TryTakeWord("UTF8"))
            return false;
        parser.Space();
        parser.Take('(');
        return true;
    }

    /// <summary>Null when all messages are there.</summary>
    private static async Task<ImapReply?> ReceiveAllAsync(
        ImapConnection imap, AppendArguments arguments, PendingLiteral literal, List<(AppendArguments, Spool)> messages)
    {
        while (true)
        {
            if (await RefuseAsync(imap, literal, messages) is { } refusal)
                return refusal;
            var content = new Spool();
            messages.Add((arguments, content));
            var problem = await ReceiveAsync(imap, literal, content, arguments.Binary);
            if (imap.Finished)
                return problem;
            var rest = await imap.Connection.ReadLineAsync(imap.Connection.Limits.ImapCommandSize);
            if (rest.End != LineEnd.CrLf || (problem is not null && rest.Bytes.Span.EndsWith("+}"u8)))
                return await LostAsync(imap);
            if (problem is not null)
                return problem;
            var parser = new ImapParser(rest.Bytes);
            if (arguments.Utf8)
                parser.Take(')');
            if (parser.AtEnd)
                return null;
            parser.Space();
            arguments = ParseMessageArguments(imap, parser, arguments.Folder);
            if (!parser.PeekIs('{') || !ImapCommandReader.TryParseAnnouncement(rest.Bytes.Span, out literal))
                return ImapReply.Bad("A message is missing");
        }
    }

    /// <summary>Before the <c>+</c>: what is too great never starts to flow.</summary>
    private static async Task<ImapReply?> RefuseAsync(
        ImapConnection imap, PendingLiteral literal, List<(AppendArguments Arguments, Spool Content)> before)
    {
        if (!literal.Synchronizing && literal.Size > ImapCommandReader.LongestNonSynchronizing)
        {
            // It flows already, and cannot be told from commands: nothing to do but to leave (RFC 7888, 5).
            imap.Untagged("BYE [TOOBIG] Wait for the continuation with a message of that size");
            imap.Finished = true;
            return ImapReply.Bad("LITERAL- allows 4096 octets without waiting", "TOOBIG");
        }

        var limit = imap.Connection.Limits.MessageSize;
        if (literal.Size > limit)
        {
            imap.Connection.LimitReached(nameof(imap.Connection.Limits.MessageSize));
            return ImapReply.No($"A message may have {limit} octets", "TOOBIG");
        }

        if (before.Count == MostMessages || before.Sum(m => m.Content.Length) + literal.Size > MostTogether * limit)
            return ImapReply.No("Too much for one command, store some of them first", "LIMIT");
        return literal is { Synchronizing: true, Size: >= WorthAsking } && !await HasRoomAsync(imap, literal.Size) ? ImapReply.OverQuota() : null;
    }

    private static async Task<bool> HasRoomAsync(ImapConnection imap, long size) =>
        await imap.Store.GetQuotaAsync(imap.Stopping) is not { Limit: { } limit } quota || quota.Octets + size <= limit;

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
            AppendOutcome.NotPermitted => ImapReply.NotPermitted(),
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
/// <param name="Utf8">A parenthesis follows it.</param>
internal sealed record AppendArguments(string? Folder, IReadOnlyList<string> Flags, DateTimeOffset? InternalDate, bool Binary, bool Utf8);

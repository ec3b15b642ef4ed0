using System.Text;
using System.Text.Unicode;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// One submission connection (RFC 6409 over RFC 5321): read a line, find the command, reply, again.
/// <para>
/// Nothing is carried for anybody who has not signed in, and nobody signs in without TLS. EHLO, STARTTLS and a finished message begin a new
/// transaction; STARTTLS also forgets what the client said about itself (RFC 3207, 4.2).
/// </para>
/// <para>
/// A line ends with CRLF and nothing else, in commands and in messages: a lone CR or LF is where one server's end of message is another's
/// line, so it is refused and the connection ends (SMTP smuggling).
/// </para>
/// <para>Being told no and being finished are two things: a reply of 4xx or 5xx goes on; <see cref="Finished"/> ends the loop.</para>
/// </summary>
internal sealed class SubmissionConnection(MailConnection connection, SignIn signIn, MailServerMetrics metrics)
{
    public MailConnection Connection => connection;

    public SignIn SignIn => signIn;

    public WireWriter Output => connection.Output;

    public CancellationToken Stopping => connection.Stopping;

    /// <summary>What the client calls itself; null before EHLO or HELO.</summary>
    public string? Helo { get; set; }

    /// <summary>Null before MAIL.</summary>
    public Transaction? Transaction { get; set; }

    public bool Finished { get; set; }

    public async Task ServeAsync()
    {
        Reply(new SmtpReply(220, "", $"{connection.Options.HostName} ESMTP ready"));
        try
        {
            while (!Finished && connection.Relay is null && await ReadAsync() is { } line)
                await CarryOutAsync(line);
        }
        finally
        {
            await ResetTransactionAsync();
        }
    }

    public void Reply(SmtpReply reply)
    {
        if (reply.Limit is { } limit)
            Connection.LimitReached(limit);
        Output.Write(reply.Code).Write(" "u8);
        if (reply.Enhanced.Length > 0)
            Output.Write(reply.Enhanced).Write(" "u8);
        Output.WriteLine(reply.Text);
    }

    /// <summary>A command that makes no sense; too many of them end the connection.</summary>
    public void Bad(SmtpReply reply)
    {
        Reply(reply);
        if (!connection.CountBadCommand())
            return;
        Reply(new SmtpReply(421, "4.7.0", "Too many bad commands"));
        Finished = true;
    }

    public async ValueTask ResetTransactionAsync()
    {
        var over = Transaction;
        Transaction = null;
        if (over is not null)
            await over.DisposeAsync();
    }

    private async Task<SmtpLine?> ReadAsync()
    {
        var line = await connection.ReadLineAsync(connection.Limits.SmtpCommandSize);
        connection.Touch();
        switch (line.End)
        {
            case LineEnd.CrLf:
                return new SmtpLine(line.Bytes);
            case LineEnd.EndOfInput:
                return null;
            case LineEnd.TooLong:
                await ShowOutAsync(new SmtpReply(500, "5.5.2", "Line too long"));
                return null;
            default:
                await ShowOutAsync(new SmtpReply(521, "5.5.2", "Lines end with CR LF"));
                return null;
        }
    }

    /// <summary>Ends a connection whose stream makes no sense any more.</summary>
    public async Task ShowOutAsync(SmtpReply reply)
    {
        Reply(reply);
        Finished = true;
        await connection.LingerAsync();
    }

    private async Task CarryOutAsync(SmtpLine line)
    {
        if (connection.Session is null && HttpRequest.IsFirstLine(line.Bytes.Span))
        {
            Finished = true;
            return;
        }

        var started = connection.Timestamp();
        var command = SubmissionCommands.Find(line.Verb);
        if (command is null)
            Bad(new SmtpReply(500, "5.5.1", "Unknown command"));
        else if (command.NeedsSignIn && connection.Session is null)
            Bad(connection.IsSecure ? SubmissionReplies.SignInFirst : SubmissionReplies.TlsFirst);
        else
            await RunAsync(command, line);
        metrics.Command(MailProtocol.Smtp, command?.Verb ?? "unknown", connection.Since(started));
    }

    private async Task RunAsync(SmtpCommand command, SmtpLine line)
    {
        try
        {
            await command.RunAsync(this, line);
        }
        catch (MailStoreUnavailableException failure)
        {
            connection.Log.StoreUnavailable(MailProtocol.Smtp, connection.Peer.ConnectionId, failure);
            Reply(SubmissionReplies.StoreUnavailable);
        }
    }
}

/// <summary>A command line: a verb, a space, arguments in ASCII, or in UTF-8 where the client said SMTPUTF8.</summary>
internal sealed class SmtpLine
{
    public SmtpLine(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        var text = Encoding.UTF8.GetString(bytes.Span).TrimEnd(' ');
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        Verb = (space < 0 ? text : text[..space]).ToUpperInvariant();
        Arguments = space < 0 ? "" : text[(space + 1)..];
        IsClean = !bytes.Span.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        IsCleanUtf8 = IsClean || (Utf8.IsValid(bytes.Span) && !text.Any(char.IsControl));
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public string Verb { get; }

    public string Arguments { get; }

    /// <summary>Printable ASCII throughout.</summary>
    public bool IsClean { get; }

    /// <summary>UTF-8 without control characters throughout.</summary>
    public bool IsCleanUtf8 { get; }
}

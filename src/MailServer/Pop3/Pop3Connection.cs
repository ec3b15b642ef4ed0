using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>
/// One POP3 connection (RFC 1939): read a line, find the command, let it answer, again.
/// <para>
/// Two states. <i>Authorization</i> lasts until a login opened the maildrop; <i>transaction</i> until QUIT. Messages marked with DELE are
/// removed by QUIT alone: whatever else ends the connection (time-out, hang-up, the switch going off) removes nothing.
/// </para>
/// <para>
/// Being told no and being finished are two things: a command that fails answers -ERR and the loop goes on; <see cref="Finished"/> ends it.
/// </para>
/// </summary>
internal sealed class Pop3Connection(MailConnection connection, SignIn signIn, MailServerMetrics metrics)
{
    public MailConnection Connection => connection;

    public SignIn SignIn => signIn;

    public WireWriter Output => connection.Output;

    /// <summary>Null in the authorization state.</summary>
    public MaildropView? Maildrop { get; private set; }

    /// <summary>The name given with USER, waiting for PASS.</summary>
    public string? User { get; set; }

    public bool Finished { get; set; }

    public CancellationToken Stopping => connection.Stopping;

    public async Task ServeAsync()
    {
        Ok($"{connection.Options.HostName} POP3 ready");
        try
        {
            while (!Finished && connection.Relay is null && await ReadAsync() is { } line)
                await CarryOutAsync(line);
        }
        finally
        {
            if (Maildrop is not null)
                await Maildrop.DisposeAsync();
        }
    }

    public void Ok(string text = "OK") => Output.Write("+OK "u8).WriteLine(text);

    public void Error(string text) => Output.Write("-ERR "u8).WriteLine(text);

    /// <summary>A command that makes no sense; too many of them end the connection.</summary>
    public void Bad(string text)
    {
        Error(text);
        Finished |= connection.CountBadCommand();
    }

    /// <summary>Says how a login went, and on success opens the maildrop.</summary>
    public async Task AnswerAsync(AuthenticationResult result)
    {
        User = null;
        if (result is AuthenticationResult.Succeeded { Session: var session })
        {
            await OpenMaildropAsync(session);
            return;
        }

        if (result is AuthenticationResult.SignedInElsewhere)
        {
            Ok("Signed in");
            return;
        }

        Error(Pop3Replies.Refusal(result));
        Finished |= connection.FailedSignIns >= connection.Limits.SignInAttempts;
    }

    private async Task OpenMaildropAsync(IMailSession session)
    {
        if (await session.OpenMaildropAsync(Stopping) is OpenMaildropOutcome.Opened { Maildrop: var maildrop })
        {
            Maildrop = new MaildropView(maildrop);
            Ok($"{maildrop.Messages.Count} messages");
            return;
        }

        // RFC 2449, 8.1.1. The session cannot serve anything else, so the client has to come back.
        Error("[IN-USE] The mailbox is open in another POP3 session");
        Finished = true;
    }

    private async Task<Pop3Line?> ReadAsync()
    {
        var line = await connection.ReadLineAsync(connection.Limits.Pop3CommandSize);
        connection.Touch();
        if (line.End == LineEnd.EndOfInput)
            return null;
        if (line.End == LineEnd.CrLf)
            return new Pop3Line(line.Bytes);
        Error(line.End == LineEnd.TooLong ? "Line too long" : "Lines end with CR LF");
        Finished = line.End == LineEnd.TooLong || connection.CountBadCommand();
        if (line.End == LineEnd.TooLong)
            await connection.LingerAsync();
        return Finished ? null : await ReadAsync();
    }

    private async Task CarryOutAsync(Pop3Line line)
    {
        if (connection.Session is null && HttpRequest.IsFirstLine(line.Bytes.Span))
        {
            Finished = true;
            return;
        }

        var command = Pop3Commands.Find(line.Keyword);
        var started = connection.Timestamp();
        if (command is null)
            Bad("Unknown command");
        else if (command.State is { } state && state != (Maildrop is null ? Pop3State.Authorization : Pop3State.Transaction))
            Bad(state == Pop3State.Transaction ? "Sign in first" : "Already signed in");
        else
            await RunAsync(command, line);
        metrics.Command(MailProtocol.Pop3, command?.Keyword ?? "unknown", connection.Since(started));
    }

    private async Task RunAsync(Pop3Command command, Pop3Line line)
    {
        try
        {
            await command.RunAsync(this, line);
        }
        catch (MailStoreUnavailableException failure) when (!Output.InsideBlock)
        {
            connection.Log.StoreUnavailable(MailProtocol.Pop3, connection.Peer.ConnectionId, failure);
            Error("[SYS/TEMP] The mailbox is not available now");
            // After a login that could not open the maildrop there is no state to be in.
            Finished |= connection.Session is not null && Maildrop is null;
        }
    }
}

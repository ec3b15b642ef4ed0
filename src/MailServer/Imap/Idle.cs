using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// RFC 2177: tells changes as they happen until the client says DONE. It waits for whichever comes first, a line or a change; the backend's
/// wait is over before anything else is asked of the folder.
/// </summary>
internal static class Idle
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        imap.Output.WriteLine("+ idling");
        await TellAsync(imap);
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(imap.Stopping);
        var reading = imap.Connection.Input.ReadLineAsync(imap.Connection.Limits.ImapCommandSize, stopReading.Token).AsTask();
        try
        {
            while (!imap.Finished && !await HasLineAsync(imap, reading))
                await TellAsync(imap);
            return imap.Finished ? ImapReply.No("Idle is over") : await EndAsync(imap, await reading);
        }
        finally
        {
            // Whatever ended this, nobody may be left reading when the connection is closed.
            await stopReading.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// A store that is away in the middle of IDLE ends the connection: the client's way to hear of new mail again is to come back.
    /// </summary>
    private static async Task TellAsync(ImapConnection imap)
    {
        try
        {
            await imap.TellChangesAsync(mayExpunge: true, ask: true);
        }
        catch (MailStoreUnavailableException failure)
        {
            imap.Connection.Log.StoreUnavailable(MailProtocol.Imap, imap.Connection.Peer.ConnectionId, failure);
            imap.Untagged("BYE [UNAVAILABLE] The mailbox is not available now");
            imap.Finished = true;
        }

        await imap.Output.FlushAsync(imap.Stopping);
    }

    /// <summary>True when the client said something, false when the folder may have changed.</summary>
    private static async Task<bool> HasLineAsync(ImapConnection imap, Task<WireLine> reading)
    {
        if (imap.Selected is null)
        {
            await reading;
            return true;
        }

        using var stopWaiting = CancellationTokenSource.CreateLinkedTokenSource(imap.Stopping);
        var waiting = imap.Selected.WaitForChangesAsync(stopWaiting.Token);
        await Task.WhenAny(reading, waiting);
        await stopWaiting.CancelAsync();
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        imap.Stopping.ThrowIfCancellationRequested();
        return reading.IsCompleted;
    }

    private static async Task<ImapReply> EndAsync(ImapConnection imap, WireLine line)
    {
        imap.Connection.Touch();
        if (line.End == LineEnd.CrLf && System.Text.Ascii.EqualsIgnoreCase(line.Bytes.Span, "DONE"u8))
            return ImapReply.Ok("Idle is over");
        if (line.End == LineEnd.CrLf)
            return ImapReply.Bad("DONE is missing");
        if (line.End == LineEnd.EndOfInput)
            imap.Finished = true;
        else
            await imap.ShowOutAsync("BYE Lines end with CR LF and are not that long");
        return ImapReply.Bad("DONE is missing");
    }
}

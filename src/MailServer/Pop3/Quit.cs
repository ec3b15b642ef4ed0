using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>
/// RFC 1939, 6: the update state. +OK means that the marked messages are gone for good, and that what was downloaded is marked, removed or
/// archived where the mailbox asks for it; -ERR that nothing was changed.
/// </summary>
internal static class Quit
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        pop3.Finished = true;
        if (pop3.Maildrop is not { NeedsUpdate: true } || await UpdateAsync(pop3, pop3.Maildrop))
            pop3.Ok("Goodbye");
    }

    private static async Task<bool> UpdateAsync(Pop3Connection pop3, MaildropView maildrop)
    {
        try
        {
            await maildrop.UpdateAsync(pop3.Stopping);
            return true;
        }
        catch (MailStoreUnavailableException failure)
        {
            pop3.Connection.Log.StoreUnavailable(MailProtocol.Pop3, pop3.Connection.Peer.ConnectionId, failure);
            pop3.Error("[SYS/TEMP] The mailbox is not available now, nothing was deleted");
            return false;
        }
    }
}

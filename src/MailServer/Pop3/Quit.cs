using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>
/// RFC 1939, 6: the update state. +OK means that the marked messages are gone for good; -ERR that none of them is.
/// </summary>
internal static class Quit
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        pop3.Finished = true;
        if (pop3.Maildrop is null || await DeleteAsync(pop3, pop3.Maildrop))
            pop3.Ok("Goodbye");
    }

    private static async Task<bool> DeleteAsync(Pop3Connection pop3, MaildropView maildrop)
    {
        if (maildrop.Deleted() is not { Length: > 0 } deleted)
            return true;
        try
        {
            await maildrop.Maildrop.DeleteAsync(deleted, pop3.Stopping);
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

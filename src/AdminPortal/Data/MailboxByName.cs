namespace AdminPortal.Data;

public static class MailboxByName
{
    /// <summary>The mailbox with that id or primary address. An address that is none names nobody.</summary>
    public static IQueryable<Mailbox> Named(this IQueryable<Mailbox> mailboxes, string addressOrId)
    {
        if (Guid.TryParse(addressOrId, out var id)) return mailboxes.Where(m => m.Id == id);
        var address = MailAddressName.Normalise(addressOrId) ?? "";
        return mailboxes.Where(m => m.Address == address);
    }
}

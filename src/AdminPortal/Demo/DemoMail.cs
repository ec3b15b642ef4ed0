using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Delivery;
using Microsoft.EntityFrameworkCore;
using MimeKit;

namespace AdminPortal.Demo;

/// <summary>Real messages for the first people of the tenant that lives on the reference server.</summary>
internal sealed class DemoMail(CrossTenant crossTenant, TenantScope scope, PortalDbContext db, DeliverMessage deliver, TimeProvider time)
{
    private const int Recipients = 20;

    public async Task DeliverAsync(CancellationToken cancellationToken)
    {
        if (await crossTenant.FindTenantAsync(DemoTenant.Contoso.Slug, cancellationToken) is not { } tenant) return;
        scope.Enter(tenant.Id);
        var wanted = DemoTenant.Contoso.People().Take(Recipients).Select(p => p.Address).ToList();
        // A mailbox that has folders was given its messages by an earlier start.
        var mailboxes = await db.Mailboxes.AsNoTracking()
            .Where(m => wanted.Contains(m.Address) && !db.MailFolders.Any(f => f.MailboxId == m.Id))
            .OrderBy(m => m.Address).ToListAsync(cancellationToken);
        foreach (var mailbox in mailboxes)
            foreach (var (message, seen) in Messages(mailbox))
                await deliver.HandleAsync(new(tenant.Id, mailbox.Id, "INBOX", Octets(message), seen, message.Date), cancellationToken);
        if (mailboxes is [var first, ..] && !await db.MailFolders.AnyAsync(f => f.MailboxId == null, cancellationToken))
            await FillPublicFoldersAsync(first, cancellationToken);
    }

    /// <summary>One that everybody reads, and one where everybody adds.</summary>
    private async Task FillPublicFoldersAsync(Mailbox by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await FillAsync(by, "Public/Announcements", PublicFolderRight.Read, cancellationToken,
            Message(by, "Contoso IT", "it@contoso.example", now.AddDays(-10), "New mail server", "Your folders are where they were. POP3 will be closed in spring."),
            Message(by, "Canteen", "canteen@contoso.example", now.AddDays(-3), "Closed on Friday", "We are painting the kitchen."));
        await FillAsync(by, "Public/Notice board", PublicFolderRight.AddAndMark, cancellationToken,
            Message(by, "First Mailbox", DemoTenant.Contoso.FirstAddress, now.AddDays(-1), "Bicycle for sale", "Green, three gears. Room 12."));
    }

    private async Task FillAsync(Mailbox by, string name, PublicFolderRight right, CancellationToken cancellationToken, params MimeMessage[] messages)
    {
        var folder = new MailFolder
        {
            TenantId = by.TenantId,
            Id = Guid.CreateVersion7(),
            Name = name,
            PublicRight = PublicFolderRight.AddAndMark,
            UidValidity = await db.Database.SqlQuery<long>($"SELECT nextval('mail_public_uid_validity') AS \"Value\"").SingleAsync(cancellationToken),
        };
        db.Add(folder);
        await db.SaveChangesAsync(cancellationToken);
        foreach (var message in messages)
            await deliver.HandleAsync(new(by.TenantId, by.Id, name, Octets(message), Seen: false, message.Date), cancellationToken);
        folder.PublicRight = right;
        await db.SaveChangesAsync(cancellationToken);
    }

    private IEnumerable<(MimeMessage Message, bool Seen)> Messages(Mailbox mailbox)
    {
        var now = time.GetUtcNow();
        var french = mailbox.Language == "fr";
        yield return (Message(mailbox, "Contoso IT", "it@contoso.example", now.AddDays(-6),
            french ? "Bienvenue" : "Welcome",
            french
                ? "Votre boîte aux lettres est prête. Les réglages pour votre programme de messagerie se trouvent sur votre page personnelle."
                : "Your mailbox is ready. The settings for your mail program are on your personal page."), true);
        yield return (Message(mailbox, "Canteen", "canteen@contoso.example", now.AddDays(-2),
            french ? "Menu de la semaine" : "This week's menu",
            french ? "Lundi : soupe à l'oignon. Mardi : gratin. Mercredi : poisson." : "Monday: onion soup. Tuesday: gratin. Wednesday: fish."), true);
        yield return (Message(mailbox, "First Mailbox", DemoTenant.Contoso.FirstAddress, now.AddHours(-3),
            french ? "Réunion de demain" : "Tomorrow's meeting",
            french ? "À dix heures, salle 4. Apportez les chiffres." : "At ten, room 4. Please bring the figures."), false);
    }

    private static MimeMessage Message(Mailbox to, string fromName, string from, DateTimeOffset date, string subject, string text) => new(
        [new MailboxAddress(fromName, from)], [new MailboxAddress(to.DisplayName, to.Address)], subject, new TextPart("plain") { Text = text + "\r\n" })
    {
        Date = date,
    };

    private static byte[] Octets(MimeMessage message)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        using var octets = new MemoryStream();
        message.WriteTo(format, octets);
        return octets.ToArray();
    }
}

using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Hosting.OutgoingMail;

/// <summary>
/// Takes mail to be sent. It becomes a row of the unit of work that asks for it, so that it is sent if, and only if, that commits. Its words
/// hold a link that is a key: they are sealed to the row, and removed once the mail was sent or given up.
/// </summary>
internal sealed class Outbox(PortalDbContext db, Envelope envelope, TimeProvider time)
{
    /// <param name="kind">See <see cref="QueuedMail.Kind"/>.</param>
    /// <param name="recipient">One address, normalised.</param>
    /// <param name="text">What it says.</param>
    /// <param name="expiresAt">From when its link leads nowhere.</param>
    public QueuedMail Add(string kind, string recipient, MailText text, DateTimeOffset expiresAt)
    {
        var (id, now) = (Guid.CreateVersion7(), time.GetUtcNow());
        var mail = new QueuedMail
        {
            Id = id,
            TenantId = db.Scope.TenantId,
            Recipient = recipient,
            Kind = kind,
            Content = envelope.Seal(JsonSerializer.SerializeToUtf8Bytes(text), Binding(id, recipient)),
            NextAt = now,
            CreatedAt = now,
            ExpiresAt = expiresAt,
        };
        db.Add(mail);
        return mail;
    }

    /// <exception cref="System.Security.Cryptography.CryptographicException">It was altered, moved, or sealed with another key file.</exception>
    public static MailText Open(Envelope envelope, ClaimedMail mail) =>
        JsonSerializer.Deserialize<MailText>(envelope.OpenBytes(mail.Content, Binding(mail.Id, mail.Recipient)))!;

    private static string Binding(Guid id, string recipient) => $"outgoing mail {id} {recipient}";
}

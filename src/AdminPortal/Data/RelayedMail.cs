using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>
/// A message that a mailbox has sent to somebody elsewhere, from the moment the client was told that it was accepted until every recipient's
/// fate is known. Whoever claims it holds it for a lease; the number of attempts is the fence.
/// </summary>
/// <remarks>There is no foreign key to the mailbox: what was accepted is sent even when the mailbox is deleted meanwhile.</remarks>
public sealed class RelayedMessage : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>Who sent it, and hears what became of it.</summary>
    public Guid MailboxId { get; init; }

    /// <summary>The reverse-path; empty for notifications, whose fate nobody is told.</summary>
    public required string Sender { get; init; }

    /// <summary>What the sender calls this sending (RFC 3461, 4.4).</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Whether a notice of failure returns the whole message (RFC 3461, 4.3).</summary>
    public bool ReturnsWhole { get; init; }

    /// <summary>Addresses or header hold UTF-8 (RFC 6531).</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>The octets as they came, with the Received line on top; null when nobody needs them any more.</summary>
    public byte[]? Content { get; set; }

    public int Size { get; init; }

    public RelayState State { get; set; } = RelayState.Waiting;

    public int Attempts { get; set; }

    /// <summary>When it is tried next; while it is being sent, when it is given to another worker.</summary>
    public DateTimeOffset NextAt { get; set; }

    public DateTimeOffset QueuedAt { get; init; }

    /// <summary>An administrator ended it: recipients that still wait are given up at the next attempt.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>The sender was told that it takes long.</summary>
    public bool DelayTold { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }
}

/// <summary>One recipient of a relayed message.</summary>
public sealed class RelayedRecipient : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid MessageId { get; init; }

    public int Position { get; init; }

    public required string Address { get; init; }

    /// <summary>Of what the sender wants to hear, in the mail server's bits (RFC 3461, 4.1).</summary>
    public short Notify { get; init; }

    /// <summary><c>type;address</c> as the sender first wrote it (RFC 3461, 4.2).</summary>
    public string? OriginalAddress { get; init; }

    public RelayedState State { get; set; } = RelayedState.Waiting;

    /// <summary>RFC 3463: of the last answer about this recipient.</summary>
    public string? Status { get; set; }

    /// <summary>The other server's words, cleaned and cut.</summary>
    public string? Said { get; set; }
}

public enum RelayState : short
{
    Waiting = 1,
    Sending = 2,

    /// <summary>Every recipient's fate is known.</summary>
    Done = 3,
}

public enum RelayedState : short
{
    Waiting = 1,

    /// <summary>The smarthost has taken it.</summary>
    Sent = 2,

    /// <summary>Nobody tries it again; the sender was told, if they wanted to be.</summary>
    Failed = 3,

    /// <summary>Given up before it was tried; the sender is yet to be told.</summary>
    Refused = 4,
}

/// <summary>How much a mailbox has sent in one hour of the clock.</summary>
public sealed class MailSending : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid MailboxId { get; init; }

    public DateTimeOffset Hour { get; init; }

    public int Messages { get; init; }

    public int Recipients { get; init; }
}

internal static class RelayTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<RelayedMessage>(e =>
        {
            PortalDbContext.MapOwned(e, "relayed_message");
            e.HasIndex(m => m.NextAt).HasFilter("state in (1, 2)");
            e.HasIndex(m => new { m.TenantId, m.State, m.QueuedAt });
            // Each attempt writes the row twice.
            e.HasStorageParameter("fillfactor", 70);
        });
        model.Entity<RelayedRecipient>(e =>
        {
            e.ToTable("relayed_recipient");
            e.HasKey(r => new { r.TenantId, r.MessageId, r.Position });
            e.HasOne<RelayedMessage>().WithMany().HasForeignKey(r => new { r.TenantId, r.MessageId }).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<MailSending>(e =>
        {
            e.ToTable("mail_sending");
            e.HasKey(s => new { s.TenantId, s.MailboxId });
            e.HasOne<Mailbox>().WithMany().HasForeignKey(s => new { s.TenantId, s.MailboxId }).OnDelete(DeleteBehavior.Cascade);
            e.HasStorageParameter("fillfactor", 50);
        });
    }
}

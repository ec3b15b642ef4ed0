using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>An administrator's order to take down what mail programs and the server say to each other about one mailbox, for a while.</summary>
public sealed class ProtocolLog : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid MailboxId { get; init; }

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>From when nothing is taken down any more. What was stays readable for a week.</summary>
    public DateTimeOffset EndsAt { get; set; }

    public required string StartedBy { get; set; }

    public required string Reason { get; set; }

    /// <summary>How much was taken down, about.</summary>
    public long Octets { get; private set; }

    public long Version { get; set; } = 1;

    public void Begin(DateTimeOffset now, DateTimeOffset end, string by, string reason) =>
        (StartedAt, EndsAt, StartedBy, Reason, Octets) = (now, end, by, reason, 0);
}

/// <summary>A line that one side said. Redacted before it came here.</summary>
public sealed class ProtocolLogLine : ITenantOwned
{
    public Guid TenantId { get; init; }

    public long Id { get; private set; }

    public Guid MailboxId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Which of the sessions that went on side by side.</summary>
    public Guid SessionId { get; init; }

    public MailProtocol Protocol { get; init; }

    public LogSide Side { get; init; }

    public required string Text { get; init; }
}

public enum LogSide : short
{
    Client = 1,
    Server = 2,
}

internal static class ProtocolLogTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<ProtocolLog>(e =>
        {
            e.ToTable("protocol_log");
            e.HasKey(l => new { l.TenantId, l.MailboxId });
            e.HasOne<Mailbox>().WithMany().HasForeignKey(l => new { l.TenantId, l.MailboxId }).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ProtocolLogLine>(e =>
        {
            e.ToTable("protocol_log_line");
            e.HasKey(l => new { l.TenantId, l.Id });
            e.Property(l => l.Id).UseIdentityAlwaysColumn();
            e.HasIndex(l => new { l.TenantId, l.MailboxId, l.Id });
            e.HasOne<ProtocolLog>().WithMany().HasForeignKey(l => new { l.TenantId, l.MailboxId }).OnDelete(DeleteBehavior.Cascade);
        });
    }
}

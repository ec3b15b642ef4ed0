using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>How invitations, resets, mail that waits and visits are stored.</summary>
internal static class PeopleTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<Invitation>(e =>
        {
            PortalDbContext.MapOwned(e, "invitation");
            e.Property(i => i.Address).UseCollation("C");
            e.HasIndex(i => i.TokenHash).IsUnique();
            e.HasOne<Mailbox>().WithMany().HasForeignKey(i => new { i.TenantId, i.MailboxId }).OnDelete(DeleteBehavior.Cascade);
            // One that is neither accepted nor withdrawn stands in the way of another; it can be sent again instead.
            e.HasIndex(i => new { i.TenantId, i.Address }).IsUnique()
                .HasFilter("mailbox_id is null and accepted_at is null and withdrawn_at is null").HasDatabaseName("ix_invitation_open_address");
            e.HasIndex(i => new { i.TenantId, i.MailboxId }).IsUnique()
                .HasFilter("mailbox_id is not null and accepted_at is null and withdrawn_at is null").HasDatabaseName("ix_invitation_open_mailbox");
            e.ToTable(t => t.HasCheckConstraint("owner_has_mailbox", "(role = 4) = (mailbox_id is not null)"));
        });
        model.Entity<PasswordReset>(e =>
        {
            e.ToTable("password_reset");
            e.Property(r => r.Id).ValueGeneratedNever();
            e.Property(r => r.Name).UseCollation("C");
            e.HasIndex(r => r.TokenHash).IsUnique();
            e.HasIndex(r => new { r.Name, r.AskedAt });
            e.HasIndex(r => new { r.RemoteAddress, r.AskedAt });
            e.HasIndex(r => r.AskedAt).HasFilter("handled_at is null").HasDatabaseName("ix_password_reset_waiting");
            e.HasOne<PortalUser>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<QueuedMail>(e =>
        {
            e.ToTable("queued_mail");
            // Nothing is read back after the INSERT: a mail about no tenant may be written, and not be seen, by the serving role.
            e.Property(m => m.Id).ValueGeneratedNever();
            e.HasIndex(m => m.NextAt).HasFilter("state in (1, 2)");
            e.HasIndex(m => m.TenantId);
            e.HasOne<Tenant>().WithMany().HasForeignKey(m => m.TenantId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<TenantVisit>(e =>
        {
            PortalDbContext.MapOwned(e, "tenant_visit");
            e.HasIndex(v => new { v.TenantId, v.Session });
            e.HasOne<PortalUser>().WithMany().HasForeignKey(v => v.UserId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}

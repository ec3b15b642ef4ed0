using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>The providers of a tenant, what their claims mean, and whom they call what.</summary>
internal static class SignInProviderTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<SignInProvider>(e =>
        {
            e.ToTable("sign_in_provider");
            e.HasKey(p => new { p.TenantId, p.Id });
            e.HasIndex(p => new { p.TenantId, p.Name }).IsUnique();
            e.HasOne<Tenant>().WithMany().HasForeignKey(p => p.TenantId).OnDelete(DeleteBehavior.Restrict);
            e.HasOne<PortalUser>().WithMany().HasForeignKey(p => p.ProvenBy).OnDelete(DeleteBehavior.SetNull);
            e.Property(p => p.CreatedAt).HasDefaultValueSql("now()");
            e.Property(p => p.UpdatedAt).HasDefaultValueSql("now()");
        });
        model.Entity<SignInRoleRule>(e =>
        {
            e.ToTable("sign_in_role_rule");
            e.HasKey(r => new { r.TenantId, r.ProviderId, r.Position });
            e.HasOne<SignInProvider>().WithMany(p => p.Roles).HasForeignKey(r => new { r.TenantId, r.ProviderId }).OnDelete(DeleteBehavior.Cascade);
            // Tenant administrator, helpdesk, auditor: no claim makes a platform administrator, and mailboxes go by their address.
            e.ToTable(t => t.HasCheckConstraint("claims_grant_roles_of_the_tenant", "role in (1, 2, 3)"));
        });
        model.Entity<SignInLink>(e =>
        {
            e.ToTable("sign_in_link");
            e.HasKey(l => new { l.TenantId, l.Issuer, l.Subject });
            e.Property(l => l.Issuer).UseCollation("C");
            e.Property(l => l.Subject).UseCollation("C");
            e.Property(l => l.CreatedAt).HasDefaultValueSql("now()");
            e.HasOne<SignInProvider>().WithMany().HasForeignKey(l => new { l.TenantId, l.ProviderId }).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<PortalUser>().WithMany().HasForeignKey(l => l.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<MailTokenIssuer>(e =>
        {
            e.ToTable("mail_token_issuer");
            e.HasKey(i => i.TenantId);
            e.Property(i => i.Id).ValueGeneratedNever();
            e.Property(i => i.Pop3Scope).HasColumnName("pop3_scope");
            e.HasOne<Tenant>().WithOne().HasForeignKey<MailTokenIssuer>(i => i.TenantId).OnDelete(DeleteBehavior.Restrict);
        });
        // A role that a provider's claims gave goes with the provider.
        model.Entity<Member>().HasOne<SignInProvider>().WithMany().HasForeignKey(m => new { m.TenantId, m.ProviderId }).OnDelete(DeleteBehavior.Cascade);
    }
}

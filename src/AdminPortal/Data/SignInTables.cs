using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>Sessions, sign-ins and second factors of people. Like the people they belong to no tenant: who asks names the person.</summary>
internal static class SignInTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<PortalSession>(e =>
        {
            e.ToTable("portal_session");
            e.HasOne<PortalUser>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<Tenant>().WithMany().HasForeignKey(s => s.VouchedBy).OnDelete(DeleteBehavior.Cascade);
            e.HasIndex(s => s.UserId).HasFilter("ended_at is null");
        });
        model.Entity<PortalSignIn>(e =>
        {
            e.ToTable("portal_sign_in");
            e.HasOne<PortalUser>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
            e.HasOne<Tenant>().WithMany().HasForeignKey(s => s.VouchedBy).OnDelete(DeleteBehavior.Cascade);
            e.HasIndex(s => new { s.UserId, s.LastAt });
        });
        model.Entity<Authenticator>(e =>
        {
            e.ToTable("portal_authenticator");
            e.HasKey(a => a.UserId);
            e.HasOne<PortalUser>().WithOne().HasForeignKey<Authenticator>(a => a.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<RecoveryCode>(e =>
        {
            e.ToTable("portal_recovery_code");
            e.HasKey(c => new { c.UserId, c.Hash });
            e.HasOne<PortalUser>().WithMany().HasForeignKey(c => c.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<UsedProof>(e =>
        {
            e.ToTable("portal_used_proof");
            e.HasKey(p => p.Hash);
            e.HasIndex(p => p.UsedAt);
        });
    }
}

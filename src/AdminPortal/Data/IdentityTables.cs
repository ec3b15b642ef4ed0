using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>Names for ASP.NET Core Identity's tables: its explicit ones would stand out as <c>"AspNetUsers"</c>.</summary>
internal static class IdentityTables
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<PortalUser>(e =>
        {
            e.ToTable("portal_user");
            e.Property(u => u.Id).ValueGeneratedOnAdd();
            e.Property(u => u.CreatedAt).HasDefaultValueSql("now()");
            e.HasIndex(u => u.NormalizedUserName).HasDatabaseName("ix_portal_user_normalized_user_name").IsUnique();
            e.HasIndex(u => u.NormalizedEmail).HasDatabaseName("ix_portal_user_normalized_email");
        });
        model.Entity<IdentityUserClaim<Guid>>().ToTable("portal_user_claim");
        model.Entity<IdentityUserLogin<Guid>>().ToTable("portal_user_login");
        model.Entity<IdentityUserToken<Guid>>().ToTable("portal_user_token");
        model.Entity<IdentityUserPasskey<Guid>>().ToTable("portal_user_passkey");
    }
}

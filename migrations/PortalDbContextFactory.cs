using AdminPortal.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Migrations;

/// <summary>
/// Makes the context for the migrator and for EF Core's tool. Identity's schema version reaches the model only through the application's
/// services: without them the design-time model would lack the passkey table.
/// </summary>
public sealed class PortalDbContextFactory : IDesignTimeDbContextFactory<PortalDbContext>
{
    public PortalDbContext CreateDbContext(string[] args) => Create("Host=design-time-only");

    /// <param name="ownerConnectionString">The role that owns the schema.</param>
    public static PortalDbContext Create(string ownerConnectionString)
    {
        var identity = new ServiceCollection()
            .Configure<IdentityOptions>(o => o.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
            .BuildServiceProvider();
        var options = new DbContextOptionsBuilder<PortalDbContext>()
            .UseNpgsql(ownerConnectionString, npgsql => npgsql.MigrationsAssembly(typeof(PortalDbContextFactory).Assembly.GetName().Name))
            .UseSnakeCaseNamingConvention()
            .UseApplicationServiceProvider(identity)
            .Options;
        return new(options, new TenantScope());
    }
}

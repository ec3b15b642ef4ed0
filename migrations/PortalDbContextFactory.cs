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
    /// <summary>The services from which a context outside the application learns Identity's schema version.</summary>
    public static IServiceProvider IdentityServices { get; } = new ServiceCollection()
        .Configure<IdentityOptions>(o => o.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
        .BuildServiceProvider();

    public PortalDbContext CreateDbContext(string[] args) => Create("Host=design-time-only");

    /// <param name="ownerConnectionString">The role that owns the schema.</param>
    public static PortalDbContext Create(string ownerConnectionString)
    {
        var options = new DbContextOptionsBuilder<PortalDbContext>()
            .UseNpgsql(ownerConnectionString, npgsql => npgsql.MigrationsAssembly(typeof(PortalDbContextFactory).Assembly.GetName().Name))
            .UseSnakeCaseNamingConvention()
            .UseApplicationServiceProvider(IdentityServices)
            .Options;
        return new(options, new TenantScope());
    }
}

using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Demo;

/// <summary>Makes portal accounts and tokens with secrets that are known already.</summary>
internal sealed class DemoPeopleOfPortal(IPasswordHasher<PortalUser> hasher, ILookupNormalizer names)
{
    /// <summary>Identity's hash costs a tenth of a second by design: whoever needs many calls this on several threads.</summary>
    public PortalUser Make(string userName, string password, string? displayName = null, bool isPlatformAdmin = false)
    {
        var user = new PortalUser
        {
            Id = Guid.CreateVersion7(),
            UserName = userName,
            NormalizedUserName = names.NormalizeName(userName),
            Email = userName,
            NormalizedEmail = names.NormalizeEmail(userName),
            EmailConfirmed = true,
            DisplayName = displayName,
            IsPlatformAdmin = isPlatformAdmin,
            SecurityStamp = Guid.CreateVersion7().ToString("N"),
            LockoutEnabled = true,
        };
        user.PasswordHash = hasher.HashPassword(user, password);
        return user;
    }

    public static ApiToken Token(DemoToken token, Guid? tenantId, Guid userId) => new()
    {
        Id = Guid.CreateVersion7(),
        TenantId = tenantId,
        Name = $"Demonstration, {token.Role}",
        Prefix = TokenText.Shown(token.Token),
        Hash = TokenText.Hash(token.Token),
        UserId = userId,
        Scopes = [.. token.Scopes],
    };
}

/// <summary>The platform administrator, who belongs to no tenant.</summary>
internal sealed class DemoPlatform(PortalDbContext db, CrossTenant crossTenant, DemoPeopleOfPortal people)
{
    public async Task SeedAsync(DemoSecrets secrets, CancellationToken cancellationToken)
    {
        var admin = secrets.Users.Single(u => u.Tenant is null);
        var user = db.Users.SingleOrDefault(u => u.UserName == admin.UserName);
        if (user is null)
        {
            user = people.Make(admin.UserName, admin.Password, isPlatformAdmin: true);
            db.Users.Add(user);
            await db.SaveChangesAsync(cancellationToken);
        }
        var token = secrets.Tokens.Single(t => t.Tenant is null);
        if (await crossTenant.FindBearerAsync(TokenText.Hash(token.Token), cancellationToken) is null)
            await crossTenant.CreatePlatformTokenAsync(DemoPeopleOfPortal.Token(token, null, user.Id), cancellationToken);
    }
}

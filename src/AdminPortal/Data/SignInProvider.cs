namespace AdminPortal.Data;

/// <summary>An OpenID Connect issuer that a tenant lets vouch for its people: Entra ID, Keycloak, any other.</summary>
public sealed class SignInProvider : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>What its button says: "Sign in with …".</summary>
    public required string Name { get; set; }

    /// <summary>The issuer's identifier, exactly as it stands in its tokens and its discovery document.</summary>
    public required string Issuer { get; set; }

    public required string ClientId { get; set; }

    /// <summary>Sealed to the tenant, this row and the issuer, so that it is never sent to another; null: a client without a secret.</summary>
    public byte[]? ProtectedSecret { get; set; }

    /// <summary>Asked for beside <c>openid</c>.</summary>
    public List<string> Scopes { get; set; } = [.. DefaultScopes];

    public AddressTrust AddressTrust { get; set; } = AddressTrust.VerifiedClaim;

    public bool Enabled { get; set; } = true;

    /// <summary>The administrator whose own sign-in worked with the provider as it is now; null after every change that could break it.</summary>
    public Guid? ProvenBy { get; set; }

    public DateTimeOffset? ProvenAt { get; set; }

    public List<SignInRoleRule> Roles { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public long Version { get; set; } = 1;

    public static readonly IReadOnlyList<string> DefaultScopes = ["profile", "email"];
}

/// <summary>Whom the provider's claims make what: a person with this claim gets this role. Never a platform administrator.</summary>
public sealed class SignInRoleRule : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid ProviderId { get; init; }

    public short Position { get; init; }

    public required string Claim { get; init; }

    public required string Value { get; init; }

    public PortalRole Role { get; init; }
}

/// <summary>
/// Which person somebody is whom an issuer calls by this subject. Within one tenant: another tenant's issuer may call whom it likes what it
/// likes, and says nothing about anybody here.
/// </summary>
public sealed class SignInLink : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid ProviderId { get; init; }

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public Guid UserId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

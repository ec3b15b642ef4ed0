using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Data;

/// <summary>A person who signs in to the portal. Global: one person may be a member of several tenants.</summary>
public sealed class PortalUser : IdentityUser<Guid>
{
    public string? DisplayName { get; set; }

    /// <summary><c>en</c> or <c>fr</c>; null follows the browser.</summary>
    public string? Language { get; set; }

    /// <summary>Platform administrators may enter every tenant; entering is audited.</summary>
    public bool IsPlatformAdmin { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A person's role in a tenant.</summary>
public sealed class Member : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid UserId { get; init; }

    public PortalRole Role { get; set; }

    /// <summary>The provider whose claims gave the role, and may take it; null where an administrator gave it.</summary>
    public Guid? ProviderId { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; set; } = 1;
}

/// <summary>
/// A bearer token of automation. Only its SHA-256 is stored: 256 random bits need no slow hash. It may do what its scopes name and its
/// owner's role allows at the moment of the call.
/// </summary>
public sealed class ApiToken : IVersioned
{
    public Guid Id { get; init; }

    /// <summary>Null for a platform administrator's token, which no tenant's page lists.</summary>
    public Guid? TenantId { get; init; }

    public required string Name { get; set; }

    /// <summary>The first characters, so that a person recognises it.</summary>
    public required string Prefix { get; set; }

    public required byte[] Hash { get; set; }

    /// <summary>The hash before the token was replaced, which opens it until <see cref="PreviousUntil"/>.</summary>
    public byte[]? PreviousHash { get; set; }

    public DateTimeOffset? PreviousUntil { get; set; }

    public Guid UserId { get; init; }

    public List<string> Scopes { get; init; } = [];

    /// <summary>From where it may be used, as <c>192.0.2.0/24</c>; none: from everywhere.</summary>
    public List<string> Networks { get; set; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    public string? LastUsedFrom { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public long Version { get; set; } = 1;
}

/// <summary>The answer given to a POST that carried an Idempotency-Key, kept for 24 hours.</summary>
public sealed class IdempotencyRecord : ITenantOwned
{
    public Guid TenantId { get; init; }

    /// <summary>Who sent it: keys of different callers never meet.</summary>
    public Guid ActorId { get; init; }

    public required string Key { get; init; }

    /// <summary>Of method, path and body: a keyed hash, because a body may hold a password.</summary>
    public required byte[] RequestHash { get; init; }

    public int Status { get; set; }

    public string? Location { get; set; }

    public string? ETag { get; set; }

    public byte[]? Body { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

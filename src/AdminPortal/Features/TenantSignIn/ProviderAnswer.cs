using AdminPortal.Data;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>An OpenID Connect provider of a tenant.</summary>
/// <param name="Id">The provider.</param>
/// <param name="Name">What its button says.</param>
/// <param name="Issuer">The issuer's identifier.</param>
/// <param name="ClientId">What the issuer calls this portal.</param>
/// <param name="HasSecret">Whether a client secret is kept. It is never shown.</param>
/// <param name="Scopes">Asked for beside <c>openid</c>.</param>
/// <param name="AddressTrust">What makes an address one that its person has proved to own.</param>
/// <param name="Enabled">Whether people may sign in with it.</param>
/// <param name="Roles">Which claims give which role; without any, only members and owners of mailboxes come in.</param>
/// <param name="ProvenAt">When an administrator's own sign-in worked with it as it is now.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
internal sealed record ProviderAnswer(
    Guid Id, string Name, string Issuer, string ClientId, bool HasSecret, IReadOnlyList<string> Scopes, AddressTrust AddressTrust, bool Enabled,
    IReadOnlyList<RoleRule> Roles, DateTimeOffset? ProvenAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static ProviderAnswer Of(SignInProvider provider) => new(
        provider.Id, provider.Name, provider.Issuer, provider.ClientId, provider.ProtectedSecret is not null, provider.Scopes, provider.AddressTrust,
        provider.Enabled, [.. provider.Roles.OrderBy(r => r.Position).Select(r => new RoleRule(r.Claim, r.Value, r.Role))],
        provider.ProvenAt, provider.CreatedAt, provider.UpdatedAt);
}

/// <summary>Whoever has the claim gets the role; of several that hold the greatest counts.</summary>
/// <param name="Claim">Its name, such as <c>groups</c>, or the way to a member within it, such as <c>realm_access.roles</c>.</param>
/// <param name="Value">One of its values, letter for letter.</param>
/// <param name="Role"><c>tenantAdmin</c>, <c>helpdesk</c> or <c>auditor</c>.</param>
internal sealed record RoleRule(string Claim, string Value, PortalRole Role);

/// <summary>A provider to be added.</summary>
/// <param name="Name">What its button says: "Sign in with …".</param>
/// <param name="Issuer">The issuer's identifier: an https address that its discovery document lies below.</param>
/// <param name="ClientId">What the issuer calls this portal.</param>
/// <param name="ClientSecret">Kept sealed and never shown again; none for a client without one.</param>
/// <param name="Scopes">Asked for beside <c>openid</c>; <c>profile</c> and <c>email</c> where absent.</param>
/// <param name="AddressTrust"><c>verifiedClaim</c> where absent.</param>
/// <param name="Enabled">True where absent.</param>
/// <param name="Roles">None where absent: then nobody gets in by claims.</param>
internal sealed record CreateProviderRequest(
    string Name, string Issuer, string ClientId, string? ClientSecret = null, IReadOnlyList<string>? Scopes = null, AddressTrust? AddressTrust = null,
    bool? Enabled = null, IReadOnlyList<RoleRule>? Roles = null);

/// <summary>What of a provider shall change.</summary>
/// <param name="Name">What its button says.</param>
/// <param name="Issuer">Another issuer does not get the secret of this one: give its own along, or there is none.</param>
/// <param name="ClientId">What the issuer calls this portal.</param>
/// <param name="ClientSecret">Null removes it.</param>
/// <param name="Scopes">Null: the usual ones.</param>
/// <param name="AddressTrust">Null: <c>verifiedClaim</c>.</param>
/// <param name="Enabled">False ends the sessions that began with it.</param>
/// <param name="Roles">The whole list; null for none.</param>
internal sealed record ProviderPatch(
    string? Name = null, string? Issuer = null, string? ClientId = null, string? ClientSecret = null, IReadOnlyList<string>? Scopes = null,
    AddressTrust? AddressTrust = null, bool? Enabled = null, IReadOnlyList<RoleRule>? Roles = null);

using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>How a provider shall be, whoever says so: a page, a POST, a PATCH. What is not the secret, which only ever goes in.</summary>
internal sealed record WantedProvider(
    string Name, string Issuer, string ClientId, IReadOnlyList<string> Scopes, AddressTrust AddressTrust, bool Enabled, IReadOnlyList<RoleRule> Roles)
{
    private const int MostRoles = 50;
    private static readonly PortalRole[] Grantable = [PortalRole.TenantAdmin, PortalRole.Helpdesk, PortalRole.Auditor];

    public static WantedProvider Of(SignInProvider now) => Of(ProviderAnswer.Of(now));

    private static WantedProvider Of(ProviderAnswer now) => new(now.Name, now.Issuer, now.ClientId, now.Scopes, now.AddressTrust, now.Enabled, now.Roles);

    public static WantedProvider Of(CreateProviderRequest request) => new(
        request.Name.Trim(), request.Issuer.Trim(), request.ClientId.Trim(), request.Scopes ?? SignInProvider.DefaultScopes,
        request.AddressTrust ?? AddressTrust.VerifiedClaim, request.Enabled ?? true, request.Roles ?? []);

    public WantedProvider With(MergePatch<ProviderPatch> patch) => new(
        patch.Has(p => p.Name, out var name) ? name?.Trim() ?? "" : Name,
        patch.Has(p => p.Issuer, out var issuer) ? issuer?.Trim() ?? "" : Issuer,
        patch.Has(p => p.ClientId, out var clientId) ? clientId?.Trim() ?? "" : ClientId,
        patch.Has(p => p.Scopes, out var scopes) ? scopes ?? SignInProvider.DefaultScopes : Scopes,
        patch.Has(p => p.AddressTrust, out var trust) ? trust ?? AddressTrust.VerifiedClaim : AddressTrust,
        patch.Has(p => p.Enabled, out var enabled) ? enabled ?? true : Enabled,
        patch.Has(p => p.Roles, out var roles) ? roles ?? [] : Roles);

    /// <summary>The same in all but the lists' identity.</summary>
    public bool IsSameAs(WantedProvider other) =>
        this with { Scopes = other.Scopes, Roles = other.Roles } == other && Scopes.SequenceEqual(other.Scopes) && Roles.SequenceEqual(other.Roles);

    /// <summary>The same in all that decides whether a sign-in works and what comes of it.</summary>
    public bool WorksLike(WantedProvider other) => (this with { Name = other.Name, Enabled = other.Enabled }).IsSameAs(other);

    /// <summary>What is wrong with it, or null.</summary>
    public ChangeOutcome.Invalid? Wrong(OpenIdConnectSettings rules)
    {
        if (Name.Length is 0 or > 60 || Name.Any(char.IsControl)) return new("name", "Give 1 to 60 characters.");
        if (Issuer.Length > 300 || !Uri.TryCreate(Issuer, UriKind.Absolute, out var issuer) || !rules.MayBeIssuer(issuer))
            return new("issuer", "Give the issuer's https address, such as https://login.example.org/realms/staff, without query.");
        if (ClientId.Length is 0 or > 200) return new("clientId", "Give 1 to 200 characters.");
        if (Scopes.Count > 20 || Scopes.Any(scope => scope.Length is 0 or > 100 || scope.Any(c => c is <= ' ' or '"' or '\\' or > '~')))
            return new("scopes", "Give at most 20 scopes, each without spaces.");
        if (Roles.Count > MostRoles) return new("roles", $"Give at most {MostRoles}.");
        if (Roles.Any(r => r.Claim.Trim().Length is 0 or > 200 || r.Value.Length is 0 or > 200)) return new("roles", "Each names a claim and one of its values, at most 200 characters each.");
        return Roles.All(r => Grantable.Contains(r.Role)) ? null : new("roles", "Claims can make a tenantAdmin, a helpdesk or an auditor, nobody else.");
    }

    public void ApplyTo(SignInProvider provider)
    {
        (provider.Name, provider.Issuer, provider.ClientId) = (Name, Issuer, ClientId);
        (provider.Scopes, provider.AddressTrust, provider.Enabled) = ([.. Scopes], AddressTrust, Enabled);
        if (Roles.SequenceEqual(Of(provider).Roles)) return;
        provider.Roles.Clear();
        provider.Roles.AddRange(Roles.Select((rule, position) => new SignInRoleRule
        {
            TenantId = provider.TenantId, ProviderId = provider.Id, Position = (short)position, Claim = rule.Claim.Trim(), Value = rule.Value, Role = rule.Role,
        }));
    }
}

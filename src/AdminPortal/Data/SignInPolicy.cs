namespace AdminPortal.Data;

/// <summary>How a tenant wants its people to prove who they are, whichever door they come by.</summary>
/// <param name="RequireSecondFactor">
/// A password alone does not open the tenant. Whom the tenant's OpenID Connect provider vouches for needs nothing more here: that is the
/// provider's business.
/// </param>
/// <param name="PasswordSignIn">Whether the portal's own ways, password and passkey, open the tenant at all.</param>
public sealed record SignInPolicy(bool RequireSecondFactor, PasswordSignIn PasswordSignIn)
{
    public static readonly SignInPolicy Default = new(false, PasswordSignIn.Allowed);
}

/// <summary>What a session shows about its person beside the name.</summary>
/// <param name="VouchedBy">
/// The tenant whose OpenID Connect provider vouched for the person; null where the person signed in by the portal's own means. A session
/// that a tenant's provider vouches for is good for that tenant and no other, and never for the platform: whoever runs the provider can
/// make it say anything.
/// </param>
public sealed record SessionProof(Guid? VouchedBy)
{
    /// <summary>Signed in by password or passkey.</summary>
    public static readonly SessionProof Own = new((Guid?)null);

    public bool Opens(Membership membership) => VouchedBy is { } tenant
        ? tenant == membership.Tenant.Id
        : membership.SignIn.PasswordSignIn == PasswordSignIn.Allowed;
}

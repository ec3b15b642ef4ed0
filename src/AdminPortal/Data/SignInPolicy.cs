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

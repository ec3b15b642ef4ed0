using System.Globalization;
using System.Security.Claims;
using AdminPortal.Data;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>Whom an issuer vouches for, as far as it is believed: what was read from a token whose signature, issuer, audience, time and nonce are right.</summary>
/// <param name="Provider">Who says so.</param>
/// <param name="Subject">What the issuer calls the person, for ever.</param>
/// <param name="Address">A mail address that the person has proved to own, normalised; null where the issuer does not say so.</param>
/// <param name="CalledBy">What people call the person; whatever the issuer likes, so it decides nothing.</param>
/// <param name="Role">What the provider's rules make of the claims; null for nothing.</param>
/// <param name="ProvedAt">When the person last proved to the issuer who they are; null where the issuer does not say.</param>
internal sealed record VouchedIdentity(
    SignInProvider Provider, string Subject, string? Address, string CalledBy, PortalRole? Role, DateTimeOffset? ProvedAt)
{
    private const int MostCharacters = 100;
    private const long Latest = 253_402_300_800;

    public static VouchedIdentity? Of(SignInProvider provider, ClaimsPrincipal person)
    {
        // OpenID Connect Core 1.0, 2: at most 255 ASCII characters, compared letter for letter.
        if (person.FindFirstValue("sub") is not { Length: > 0 and <= 255 } subject) return null;
        var address = OwnedAddress(provider, person);
        return new(provider, subject, address, NameOf(person, address, subject), RoleOf(provider, person), ProvedAtOf(person));
    }

    /// <summary>Whether the token leaves out what would decide something, so that the issuer has to be asked for its user information.</summary>
    public static bool Lacks(SignInProvider provider, ClaimsPrincipal person) =>
        person.FindFirst("email") is null || person.FindFirst(provider.AddressTrust.ProofClaim()) is null
        || provider.Roles.Any(rule => !ClaimValues.At(person, rule.Claim).Any());

    // OpenID Connect Core 1.0, 2: auth_time, in seconds since 1970.
    private static DateTimeOffset? ProvedAtOf(ClaimsPrincipal person) =>
        long.TryParse(person.FindFirstValue("auth_time"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < Latest
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static string? OwnedAddress(SignInProvider provider, ClaimsPrincipal person) =>
        provider.AddressTrust.IsProven(person.FindFirstValue) ? MailAddressName.Normalise(person.FindFirstValue("email") ?? "") : null;

    // The greatest of the roles that the claims give; the enumeration counts down from it.
    private static PortalRole? RoleOf(SignInProvider provider, ClaimsPrincipal person) => provider.Roles
        .Where(rule => ClaimValues.At(person, rule.Claim).Contains(rule.Value, StringComparer.Ordinal))
        .Select(rule => (PortalRole?)rule.Role).Where(role => role is PortalRole.TenantAdmin or PortalRole.Helpdesk or PortalRole.Auditor).Min();

    private static string NameOf(ClaimsPrincipal person, string? address, string subject)
    {
        var name = person.FindFirstValue("name") ?? person.FindFirstValue("preferred_username") ?? address ?? subject;
        var plain = string.Concat(name.Where(c => !char.IsControl(c) && char.GetUnicodeCategory(c) is not UnicodeCategory.Format)).Trim();
        return plain.Length switch { 0 => "?", > MostCharacters => plain[..MostCharacters], _ => plain };
    }
}

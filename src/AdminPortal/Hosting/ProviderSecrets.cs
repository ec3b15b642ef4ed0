using System.Security.Cryptography;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// Seals the secret with which the portal proves itself to a tenant's OpenID Connect issuer: to the tenant, the row and the issuer. In
/// another row, or after the issuer was changed, it does not open, and so is never sent to anybody else.
/// </summary>
internal sealed class ProviderSecrets(Envelope envelope)
{
    public byte[] Seal(string secret, SignInProvider provider) => envelope.Seal(secret, Binding(provider));

    /// <returns>Null for a client without a secret.</returns>
    /// <exception cref="CryptographicException">It was moved, altered, or sealed for another issuer.</exception>
    public string? Open(SignInProvider provider) => provider.ProtectedSecret is { } sealedSecret ? envelope.Open(sealedSecret, Binding(provider)) : null;

    private static string Binding(SignInProvider provider) => $"sign-in provider {provider.TenantId} {provider.Id} {provider.Issuer}";
}

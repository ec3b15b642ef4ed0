using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Features.MailHosting.SignIn;

/// <summary>
/// Checks access tokens of a tenant's issuer: signature, issuer, audience, time, scope, and that its verified address is one of the mailbox's.
/// The tenant is the one whose domain is named, so an issuer speaks for the mailboxes of its own tenant and for no others.
/// </summary>
internal sealed partial class TokenProof(CrossTenant crossTenant, MailDatabase database, Issuers issuers, ILogger<TokenProof> logger)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    // RFC 9068, 2.1; Entra ID and others write JWT.
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };

    /// <summary>Whom an unchecked token names, for a client that names nobody itself. It decides which issuer is asked, and nothing else.</summary>
    public static string? NameIn(string token)
    {
        if (!new JsonWebTokenHandler().CanReadToken(token)) return null;
        try
        {
            var read = new JsonWebToken(token);
            return new[] { "email", "upn", "preferred_username" }.Select(claim => MailAddressName.Normalise(Text(read, claim))).FirstOrDefault(name => name is not null);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <param name="login">The mailbox that is named; null where there is none.</param>
    /// <param name="name">The name, normalised.</param>
    /// <param name="token">As it was given.</param>
    /// <param name="protocol">What it shall open.</param>
    /// <param name="owns">Whether an address is one of the mailbox's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Proof> OfAsync(
        MailLogin? login, string name, string token, MailProtocol protocol, Func<string, Task<bool>> owns, CancellationToken cancellationToken)
    {
        var domain = name[(name.LastIndexOf('@') + 1)..];
        if (await database.AskAsync(() => crossTenant.FindMailTokenIssuerAsync(domain, cancellationToken)) is not { } issuer) return new Proof.Failed();
        if (await ReadAsync(issuer, token, cancellationToken) is not { } read) return new Proof.Failed();
        if (!HasScope(read, issuer.ScopeOf(protocol)) || ProvenAddress(read, issuer) is not { } address) return new Proof.Failed();
        return login?.TenantId == issuer.TenantId && (login.Address == address || await owns(address))
            ? new Proof.Given(issuer.Id, new DateTimeOffset(read.ValidTo, TimeSpan.Zero) + Skew)
            : new Proof.Failed();
    }

    /// <summary>Null for a token that is not good. A key that is not known yet may be a new one: the issuer is asked, but not at everybody's wish.</summary>
    private async Task<JsonWebToken?> ReadAsync(MailTokenIssuer issuer, string token, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await ValidateAsync(issuer, token, (await issuers.Of(issuer.Issuer).GetConfigurationAsync(cancellationToken)).SigningKeys);
            if (outcome.Exception is SecurityTokenSignatureKeyNotFoundException && await issuers.RenewedAsync(issuer.Issuer, cancellationToken) is { } renewed)
                outcome = await ValidateAsync(issuer, token, renewed.SigningKeys);
            return outcome.IsValid ? (JsonWebToken)outcome.SecurityToken : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or InvalidOperationException or IOException or InvalidDataException or TaskCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            LogIssuerAway(issuer.TenantId, failure.GetBaseException().Message);
            throw new MailStoreUnavailableException("The issuer of the tokens does not answer.", failure);
        }
    }

    private Task<TokenValidationResult> ValidateAsync(MailTokenIssuer issuer, string token, IEnumerable<SecurityKey> keys) =>
        handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = issuer.Issuer,
            ValidAudience = issuer.Audience,
            ValidAlgorithms = Issuers.Algorithms,
            ValidTypes = Types,
            IssuerSigningKeys = keys,
            ClockSkew = Skew,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            // A token that names no key, or an unknown one, is not tried with all of them.
            TryAllIssuerSigningKeys = false,
        });

    // RFC 9068, 2.2.3: words with blanks between them; Entra ID calls it scp, others write an array.
    private static bool HasScope(JsonWebToken token, string? wanted) => wanted is null || token.Claims
        .Where(claim => claim.Type is "scope" or "scp").SelectMany(claim => claim.Value.Split(' ')).Contains(wanted, StringComparer.Ordinal);

    private static string? ProvenAddress(JsonWebToken token, MailTokenIssuer issuer) =>
        issuer.AddressTrust.IsProven(claim => Text(token, claim)) ? MailAddressName.Normalise(Text(token, issuer.AddressClaim)) : null;

    private static string? Text(JsonWebToken token, string claim) => token.Claims.FirstOrDefault(c => c.Type == claim)?.Value;

    [LoggerMessage(LogLevel.Warning, "The issuer of mail tokens of tenant {TenantId} does not answer: {Reason}")]
    private partial void LogIssuerAway(Guid tenantId, string reason);
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AdminPortal.Hosting;

/// <summary>
/// What issuers publish about themselves: where they are asked, and their keys. Kept for twelve hours and fetched again when a key is not
/// known. Whoever is asked, is asked through a client that reaches only where the operator's rules allow.
/// </summary>
internal sealed class Issuers(OutgoingHttp outgoing, IOptions<OpenIdConnectSettings> rules, TimeProvider time) : IDisposable
{
    /// <summary>No algorithm of a shared secret, and never "none" (RFC 8725, 3.1).</summary>
    public static readonly IReadOnlyList<string> Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>Anybody can make a token up that names a key nobody knows.</summary>
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> renewals = new(StringComparer.Ordinal);

    // Tenants name issuers as they like: the list does not grow without end.
    private const int MostKept = 10_000;
    private readonly Lazy<HttpClient> client = new(() => outgoing.Client(rules.Value.IsListed, rules.Value.Patience));
    private readonly ConcurrentDictionary<string, ConfigurationManager<OpenIdConnectConfiguration>> known = new(StringComparer.Ordinal);

    public HttpClient Client => client.Value;

    public ConfigurationManager<OpenIdConnectConfiguration> Of(string issuer)
    {
        if (known.Count >= MostKept) known.Clear();
        return known.GetOrAdd(issuer, Make);
    }

    /// <summary>What the issuer publishes now, for a token with a key that is not known yet; null where it was asked a moment ago.</summary>
    public async Task<OpenIdConnectConfiguration?> RenewedAsync(string issuer, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (renewals.Count >= MostKept) renewals.Clear();
        if (renewals.AddOrUpdate(issuer, now, (_, last) => now - last < BetweenRenewals ? last : now) != now) return null;
        var renewed = Make(issuer);
        var published = await renewed.GetConfigurationAsync(cancellationToken);
        known[issuer] = renewed;
        return published;
    }

    public void Dispose()
    {
        if (client.IsValueCreated) client.Value.Dispose();
    }

    // OpenID Connect Discovery 1.0, 4: below the issuer, a slash at its end taken away.
    private ConfigurationManager<OpenIdConnectConfiguration> Make(string issuer) => new(
        $"{issuer.TrimEnd('/')}/.well-known/openid-configuration",
        new OwnWordsOnly(issuer, rules.Value),
        new HttpDocumentRetriever(Client) { RequireHttps = !rules.Value.AllowLoopback });

    /// <summary>Refuses a document that speaks for another issuer (Discovery 1.0, 4.3), or sends people and secrets anywhere without TLS.</summary>
    private sealed class OwnWordsOnly(string issuer, OpenIdConnectSettings rules) : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        private readonly OpenIdConnectConfigurationRetriever inner = new();

        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
        {
            var document = await ((IConfigurationRetriever<OpenIdConnectConfiguration>)inner).GetConfigurationAsync(address, retriever, cancel);
            if (document.Issuer != issuer) throw new InvalidDataException($"The issuer calls itself '{document.Issuer}'.");
            if (!IsSafe(document.AuthorizationEndpoint) || !IsSafe(document.TokenEndpoint) || (document.UserInfoEndpoint is { Length: > 0 } asked && !IsSafe(asked)))
                throw new InvalidDataException("The issuer's addresses are not https.");
            return document;
        }

        private bool IsSafe(string? endpoint) =>
            Uri.TryCreate(endpoint, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || (rules.AllowLoopback && address is { Scheme: "http", IsLoopback: true }));
    }
}

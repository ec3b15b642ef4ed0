using System.Collections.Concurrent;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>
/// What issuers publish about themselves: where they are asked, and their keys. Kept for twelve hours and fetched again when a key is not
/// known. Whoever is asked, is asked through a client that reaches only where the operator's rules allow.
/// </summary>
internal sealed class Issuers(OutgoingHttp outgoing, IOptions<OpenIdConnectSettings> rules) : IDisposable
{
    // Tenants name issuers as they like: the list does not grow without end.
    private const int MostKept = 10_000;
    private readonly Lazy<HttpClient> client = new(() => outgoing.Client(rules.Value.IsListed, rules.Value.Patience));
    private readonly ConcurrentDictionary<string, ConfigurationManager<OpenIdConnectConfiguration>> known = new(StringComparer.Ordinal);

    public HttpClient Client => client.Value;

    public ConfigurationManager<OpenIdConnectConfiguration> Of(SignInProvider provider)
    {
        if (known.Count >= MostKept) known.Clear();
        return known.GetOrAdd(provider.Issuer, Make);
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

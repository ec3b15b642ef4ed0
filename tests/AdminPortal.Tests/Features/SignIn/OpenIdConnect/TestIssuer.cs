using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace AdminPortal.Tests.Features.SignIn.OpenIdConnect;

/// <summary>
/// A real OpenID Connect issuer on a loopback port: discovery, keys, authorization code with PKCE, client secret, ID tokens. It asks nobody for a password:
/// whoever comes is <see cref="Person"/>. What a hostile issuer would put into its tokens is put there by <see cref="Tamper"/>.
/// </summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string ClientId = "portal";
    public const string Secret = "the issuer's own secret";
    private ECDsaSecurityKey key = Key();
    private int keysAsked;
    private readonly WebApplication app;

    private TestIssuer() => app = Build();

    /// <summary>Who comes by, as claims: <c>sub</c>, <c>email</c>, <c>groups</c> …</summary>
    public List<(string Name, object Value)> Person { get; set; } = [("sub", "1")];

    /// <summary>What is only said to whoever asks for the user information; none: as an issuer without any.</summary>
    public Dictionary<string, object> UserInformation { get; } = [];

    /// <summary>How often it was asked for.</summary>
    public int UserInformationAsked { get; private set; }

    /// <summary>When the person proved who they are, as <c>auth_time</c>; null says nothing of it.</summary>
    public DateTimeOffset? ProvedAt { get; set; } = TimeProvider.System.GetUtcNow();

    /// <summary>What the portal asked for the last time, as the address said it.</summary>
    public string? LastPrompt { get; private set; }

    /// <inheritdoc cref="LastPrompt"/>
    public long? LastMaxAge { get; private set; }

    /// <summary>What becomes of an ID token before it leaves.</summary>
    public Func<string, string>? Tamper { get; set; }

    /// <summary>The last ID token that left.</summary>
    public string? LastToken { get; private set; }

    /// <summary>The secrets that clients have shown here.</summary>
    public List<string?> SecretsSeen { get; } = [];

    public string Address { get; private set; } = "";

    public static async Task<TestIssuer> StartAsync()
    {
        var issuer = new TestIssuer();
        await issuer.app.StartAsync();
        issuer.Address = issuer.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single().TrimEnd('/') + "/";
        return issuer;
    }

    /// <summary>How often its keys were asked for.</summary>
    public int KeysAsked => Volatile.Read(ref keysAsked);

    /// <summary>A real access token of <see cref="Person"/>, as a program gets it from the token endpoint.</summary>
    public async Task<string> AccessTokenAsync(string audience, string scopes)
    {
        using var client = new HttpClient { BaseAddress = new(Address) };
        using var answer = await client.PostAsync("token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials", ["client_id"] = ClientId, ["client_secret"] = Secret, ["scope"] = scopes, ["token_for"] = audience,
        }));
        var said = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return said.TryGetProperty("access_token", out var token) ? token.GetString()! : throw new InvalidOperationException(said.ToString());
    }

    /// <summary>From now on it signs with another key, and publishes it beside the old one.</summary>
    public void NewKey()
    {
        key = Key();
        var options = app.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue;
        options.SigningCredentials.Insert(0, new(key, SecurityAlgorithms.EcdsaSha256));
    }

    /// <summary>The same token with other claims, signed with the issuer's key.</summary>
    public string Sign(string token, params (string Name, object Value)[] claims)
    {
        var all = ClaimsOf(token);
        foreach (var (name, value) in claims) all[name] = value;
        return Sign(all, new(key, SecurityAlgorithms.EcdsaSha256));
    }

    /// <summary>The same token with a claim less.</summary>
    public string SignWithout(string token, string claim) =>
        Sign(ClaimsOf(token).Where(c => c.Key != claim).ToDictionary(), new(key, SecurityAlgorithms.EcdsaSha256));

    /// <summary>RFC 8725, 2.1: what everybody can read, taken for a secret that only the issuer has.</summary>
    public string SignWithPublicKey(string token)
    {
        var known = new SymmetricSecurityKey(key.ECDsa.ExportSubjectPublicKeyInfo()) { KeyId = key.KeyId };
        return Sign(ClaimsOf(token), new(known, SecurityAlgorithms.HmacSha256));
    }

    private static ECDsaSecurityKey Key() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = Guid.CreateVersion7().ToString() };

    private static Dictionary<string, object> ClaimsOf(string token)
    {
        var read = new JsonWebToken(token);
        return read.Claims.Select(c => c.Type).Distinct().ToDictionary(name => name, name => read.TryGetPayloadValue<object>(name, out var value) ? value : null!);
    }

    private static string Sign(Dictionary<string, object> all, SigningCredentials with)
    {
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = all, SigningCredentials = with,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.ECDsa.Dispose();
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenIddict().AddServer(Configure);
        var built = builder.Build();
        built.Use((context, next) =>
        {
            if (context.Request.Path.Value!.EndsWith("jwks", StringComparison.Ordinal)) Interlocked.Increment(ref keysAsked);
            return next(context);
        });
        built.UseAuthentication();
        return built;
    }

    private void Configure(OpenIddictServerBuilder server)
    {
        server.EnableDegradedMode().SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").SetUserInfoEndpointUris("userinfo");
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange().AllowClientCredentialsFlow().DisableAccessTokenEncryption();
        server.AddSigningKey(key).AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
        server.RegisterScopes("email", "profile", "mail.pop", "mail.imap", "mail.send");
        server.UseAspNetCore().DisableTransportSecurityRequirement();
        server.AddEventHandler<ValidateAuthorizationRequestContext>(e => e.UseInlineHandler(context =>
        {
            if (context.ClientId != ClientId) context.Reject("invalid_client");
            return default;
        }));
        server.AddEventHandler<ValidateTokenRequestContext>(e => e.UseInlineHandler(context =>
        {
            SecretsSeen.Add(context.ClientSecret);
            if (context.ClientId != ClientId || context.ClientSecret != Secret) context.Reject("invalid_client");
            return default;
        }));
        server.AddEventHandler<HandleAuthorizationRequestContext>(e => e.UseInlineHandler(context =>
        {
            (LastPrompt, LastMaxAge) = (context.Request.Prompt, context.Request.MaxAge);
            context.SignIn(Principal());
            return default;
        }));
        server.AddEventHandler<HandleTokenRequestContext>(e => e.UseInlineHandler(context =>
        {
            if (context.Request.IsClientCredentialsGrantType()) context.SignIn(ForAccess(context.Request));
            return default;
        }));
        server.AddEventHandler<ValidateUserInfoRequestContext>(e => e.UseInlineHandler(_ => default));
        server.AddEventHandler<HandleUserInfoRequestContext>(e => e.UseInlineHandler(context =>
        {
            UserInformationAsked++;
            context.Subject = (string)(UserInformation.GetValueOrDefault("sub") ?? Person.First(p => p.Name == "sub").Value);
            foreach (var (name, value) in UserInformation.Where(said => said.Key != "sub")) context.Claims[name] = new(JsonSerializer.SerializeToElement(value));
            return default;
        }));
        server.AddEventHandler<ApplyTokenResponseContext>(e => e.UseInlineHandler(context =>
        {
            if (context.Response.IdToken is { } token) context.Response.IdToken = LastToken = Tamper?.Invoke(token) ?? token;
            return default;
        }).SetOrder(int.MinValue));
    }

    private ClaimsPrincipal ForAccess(OpenIddictRequest request)
    {
        var principal = Principal();
        principal.SetScopes(request.GetScopes());
        principal.SetAudiences((string?)request.GetParameter("token_for") ?? "");
        principal.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        return principal;
    }

    private ClaimsPrincipal Principal()
    {
        var identity = new ClaimsIdentity("issuer");
        foreach (var (name, value) in Person)
            _ = value switch
            {
                bool yes => identity.AddClaim(name, yes),
                string[] many => identity.AddClaims(name, [.. many]),
                JsonElement json => identity.AddClaim(name, json),
                _ => identity.AddClaim(name, value.ToString()!),
            };
        if (ProvedAt is { } at) identity.AddClaim("auth_time", at.ToUnixTimeSeconds());
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes("openid", "email", "profile");
        principal.SetDestinations(_ => [OpenIddictConstants.Destinations.IdentityToken]);
        return principal;
    }
}

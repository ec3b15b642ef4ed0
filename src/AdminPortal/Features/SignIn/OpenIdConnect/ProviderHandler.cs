using System.Text.Encodings.Web;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>
/// ASP.NET Core's OpenID Connect handler, made for one provider and one request: authorization code flow with PKCE, state and nonce. There is
/// one callback address for all providers; the protected state says whose answer it must be.
/// </summary>
internal sealed class ProviderHandler(Issuers issuers, ProviderSecrets secrets, IDataProtectionProvider protection, IOptions<HostingOptions> hosting)
{
    /// <summary>How far an issuer's clock may be from ours.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private readonly PropertiesDataFormat state = new(protection.CreateProtector("sign-in errands"));

    /// <summary>What somebody was sent out for, as the answer brings it back; null where we sent nobody.</summary>
    public Errand? ErrandOf(HttpContext context) => Errand.Of(state.Unprotect(context.Request.Query["state"]));

    /// <param name="context">The request.</param>
    /// <param name="provider">Whom to ask.</param>
    /// <param name="events">What to do with the answer.</param>
    public async Task<OpenIdConnectHandler> MakeAsync(HttpContext context, SignInProvider provider, OpenIdConnectEvents events)
    {
        events.OnRedirectToIdentityProvider = UsePublicAddress;
        events.OnMessageReceived = received => CheckWhoAnswersAsync(received, provider);
        // What goes wrong is told by us, in one line without what an issuer or a browser says.
        var handler = new OpenIdConnectHandler(
            new TheseOptions(OptionsOf(provider, events)), NullLoggerFactory.Instance, HtmlEncoder.Default, UrlEncoder.Default);
        await handler.InitializeAsync(new AuthenticationScheme("openid-connect", null, typeof(OpenIdConnectHandler)), context);
        return handler;
    }

    private OpenIdConnectOptions OptionsOf(SignInProvider provider, OpenIdConnectEvents events)
    {
        var options = new OpenIdConnectOptions
        {
            ConfigurationManager = issuers.Of(provider.Issuer),
            Backchannel = issuers.Client,
            ClientId = provider.ClientId,
            ClientSecret = secrets.Open(provider),
            CallbackPath = OpenIdConnectSettings.CallbackPath,
            SignInScheme = IdentityConstants.ApplicationScheme,
            ResponseType = OpenIdConnectResponseType.Code,
            ResponseMode = OpenIdConnectResponseMode.Query,
            UsePkce = true,
            PushedAuthorizationBehavior = PushedAuthorizationBehavior.Disable,
            MapInboundClaims = false,
            SaveTokens = false,
            DisableTelemetry = true,
            StateDataFormat = state,
            StringDataFormat = new SecureDataFormat<string>(new StringSerializer(), protection.CreateProtector("sign-in nonces")),
            Events = events,
            TokenValidationParameters = new()
            {
                ValidIssuer = provider.Issuer, ValidAudience = provider.ClientId, ValidAlgorithms = Issuers.Algorithms, ClockSkew = Skew,
            },
        };
        // Of the user information only what the token lacks is taken, by us.
        options.ClaimActions.Clear();
        options.Scope.Clear();
        foreach (var scope in provider.Scopes.Prepend("openid").Distinct()) options.Scope.Add(scope);
        Tie(options.CorrelationCookie, "__Host-adminportal-errand.");
        Tie(options.NonceCookie, "__Host-adminportal-nonce.");
        return options;
    }

    // The issuer leads back by a link, so Lax is enough, and as strict as can be.
    private static void Tie(CookieBuilder cookie, string name)
    {
        (cookie.Name, cookie.Path, cookie.SameSite) = (name, "/", SameSiteMode.Lax);
        (cookie.SecurePolicy, cookie.HttpOnly, cookie.IsEssential) = (CookieSecurePolicy.Always, true, true);
    }

    private Task UsePublicAddress(RedirectContext context)
    {
        if (hosting.Value.PublicUrl is { } address) context.ProtocolMessage.RedirectUri = $"{address.ToString().TrimEnd('/')}{OpenIdConnectSettings.CallbackPath}";
        return Task.CompletedTask;
    }

    /// <summary>RFC 9207: an answer that names another issuer than the one asked is a mix-up; so is one that names none where it should.</summary>
    private async Task CheckWhoAnswersAsync(MessageReceivedContext context, SignInProvider provider)
    {
        var named = context.ProtocolMessage.Iss;
        var about = await issuers.Of(provider.Issuer).GetConfigurationAsync(context.HttpContext.RequestAborted);
        var mustBeNamed = about.AdditionalData.TryGetValue("authorization_response_iss_parameter_supported", out var supported)
            && string.Equals(supported?.ToString(), "true", StringComparison.OrdinalIgnoreCase);
        if (named is null ? mustBeNamed : named != provider.Issuer) context.Fail("The answer is another issuer's.");
    }

    /// <summary>The handler asks a monitor for its options by the scheme's name; here there is one scheme and one set of options.</summary>
    private sealed class TheseOptions(OpenIdConnectOptions options) : IOptionsMonitor<OpenIdConnectOptions>
    {
        public OpenIdConnectOptions CurrentValue => options;

        public OpenIdConnectOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<OpenIdConnectOptions, string?> listener) => null;
    }

    private sealed class StringSerializer : IDataSerializer<string>
    {
        public byte[] Serialize(string model) => System.Text.Encoding.UTF8.GetBytes(model);

        public string Deserialize(byte[] data) => System.Text.Encoding.UTF8.GetString(data);
    }
}

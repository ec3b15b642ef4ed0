using System.Globalization;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>Why somebody was sent to an issuer. It travels in the protected <c>state</c> and comes back with the answer, unaltered.</summary>
/// <param name="TenantId">Whose provider.</param>
/// <param name="ProviderId">Which.</param>
/// <param name="Slug">The tenant's short name, for the way back to its sign-in page.</param>
/// <param name="TriedBy">The administrator who only tries the provider, and stays signed in as they are.</param>
/// <param name="ReturnUrl">Where the person wanted to go; always a page of this portal.</param>
/// <param name="RenewedFrom">Who is here already comes to prove it anew, and when they set out; null for everybody else.</param>
internal sealed record Errand(Guid TenantId, Guid ProviderId, string Slug, Guid? TriedBy, string? ReturnUrl, DateTimeOffset? RenewedFrom)
{
    public AuthenticationProperties ToProperties()
    {
        // Entries come back through a URL: only what cannot be asked again is written.
        var properties = new AuthenticationProperties { RedirectUri = OpenIdConnectSettings.CallbackPath };
        properties.Items["tenant"] = TenantId.ToString();
        properties.Items["provider"] = ProviderId.ToString();
        properties.Items["slug"] = Slug;
        if (TriedBy is { } administrator) properties.Items["tried"] = administrator.ToString();
        if (ReturnUrl is not null) properties.Items["return"] = ReturnUrl;
        if (RenewedFrom is { } from) AskAnew(properties, from);
        return properties;
    }

    /// <summary>
    /// The issuer is to ask for a proof now, whatever session it has (OpenID Connect Core 1.0, 3.1.2.1). Whoever sits at the browser can take
    /// that out of the address, so what counts is the time that comes back.
    /// </summary>
    private static void AskAnew(AuthenticationProperties properties, DateTimeOffset from)
    {
        properties.Items["renewed"] = from.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        properties.SetParameter(OpenIdConnectParameterNames.Prompt, OpenIdConnectPrompt.Login);
        properties.SetParameter<TimeSpan?>(OpenIdConnectParameterNames.MaxAge, TimeSpan.Zero);
    }

    /// <returns>Null where it is none: not protected by us, or too old.</returns>
    public static Errand? Of(AuthenticationProperties? properties) =>
        properties is not null
        && Guid.TryParse(properties.Items.GetValueOrDefaultOf("tenant"), out var tenant)
        && Guid.TryParse(properties.Items.GetValueOrDefaultOf("provider"), out var provider)
        && properties.Items.GetValueOrDefaultOf("slug") is { } slug
            ? new(
                tenant, provider, slug, Guid.TryParse(properties.Items.GetValueOrDefaultOf("tried"), out var tried) ? tried : null,
                properties.Items.GetValueOrDefaultOf("return"),
                long.TryParse(properties.Items.GetValueOrDefaultOf("renewed"), NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                    ? DateTimeOffset.FromUnixTimeSeconds(from)
                    : null)
            : null;
}

internal static class PropertyItems
{
    public static string? GetValueOrDefaultOf(this IDictionary<string, string?> items, string key) => items.TryGetValue(key, out var value) ? value : null;
}

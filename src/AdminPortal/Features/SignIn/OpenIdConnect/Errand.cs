using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>Why somebody was sent to an issuer. It travels in the protected <c>state</c> and comes back with the answer, unaltered.</summary>
/// <param name="TenantId">Whose provider.</param>
/// <param name="ProviderId">Which.</param>
/// <param name="Slug">The tenant's short name, for the way back to its sign-in page.</param>
/// <param name="TriedBy">The administrator who only tries the provider, and stays signed in as they are.</param>
/// <param name="ReturnUrl">Where the person wanted to go; always a page of this portal.</param>
internal sealed record Errand(Guid TenantId, Guid ProviderId, string Slug, Guid? TriedBy, string? ReturnUrl)
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
        return properties;
    }

    /// <returns>Null where it is none: not protected by us, or too old.</returns>
    public static Errand? Of(AuthenticationProperties? properties) =>
        properties is not null
        && Guid.TryParse(properties.Items.GetValueOrDefaultOf("tenant"), out var tenant)
        && Guid.TryParse(properties.Items.GetValueOrDefaultOf("provider"), out var provider)
        && properties.Items.GetValueOrDefaultOf("slug") is { } slug
            ? new(tenant, provider, slug, Guid.TryParse(properties.Items.GetValueOrDefaultOf("tried"), out var tried) ? tried : null, properties.Items.GetValueOrDefaultOf("return"))
            : null;
}

internal static class PropertyItems
{
    public static string? GetValueOrDefaultOf(this IDictionary<string, string?> items, string key) => items.TryGetValue(key, out var value) ? value : null;
}

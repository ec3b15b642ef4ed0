using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>
/// What an issuer says under a name: a claim's values, or the values of a member within one, as <c>realm_access.roles</c> or
/// <c>resource_access.portal.roles</c> of Keycloak. A claim whose own name is the whole path comes first, since names may hold dots.
/// </summary>
internal static class ClaimValues
{
    /// <summary>A member's name may hold dots too, so that all ways to cut a path are tried; beyond that many parts none is.</summary>
    private const int MostParts = 16;

    private static readonly string[] AboutAddress = ["email", "email_verified", "xms_edov"];

    public static IEnumerable<string> At(ClaimsPrincipal person, string path)
    {
        var whole = person.Claims.Where(claim => claim.Type == path).ToList();
        if (whole.Count > 0) return whole.Select(claim => claim.Value);
        if (path.Count(letter => letter == '.') >= MostParts) return [];
        return person.Claims
            .Where(claim => claim.ValueType == JsonClaimValueTypes.Json && path.StartsWith($"{claim.Type}.", StringComparison.Ordinal))
            .SelectMany(claim => Within(claim.Value, path[(claim.Type.Length + 1)..]));
    }

    /// <summary>
    /// Adds what the user information says and the token does not: of what both speak of, the signed token's word counts. A proof belongs to the
    /// address beside it, so that of an address the one of them is heard or the other, unless both name the same.
    /// </summary>
    public static void AddMissing(ClaimsIdentity identity, JsonElement information)
    {
        var known = identity.Claims.Select(claim => claim.Type).ToHashSet(StringComparer.Ordinal);
        if (AboutAddress.Any(known.Contains) && !NamesSameAddress(identity, information)) known.UnionWith(AboutAddress);
        foreach (var member in information.EnumerateObject().Where(member => !known.Contains(member.Name)))
            foreach (var value in member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray()] : new[] { member.Value })
                identity.AddClaim(new(member.Name, Text(value), value.ValueKind == JsonValueKind.Object ? JsonClaimValueTypes.Json : ClaimValueTypes.String));
    }

    private static bool NamesSameAddress(ClaimsIdentity identity, JsonElement information) =>
        identity.FindFirst("email") is { } address && information.TryGetProperty("email", out var other) && Text(other) == address.Value;

    private static IEnumerable<string> Within(string json, string path)
    {
        using var document = JsonDocument.Parse(json);
        return [.. Within(document.RootElement, path)];
    }

    private static IEnumerable<string> Within(JsonElement place, string path)
    {
        if (place.ValueKind != JsonValueKind.Object) return [];
        var here = place.TryGetProperty(path, out var found) ? Values(found) : [];
        return here.Concat(place.EnumerateObject()
            .Where(member => path.StartsWith($"{member.Name}.", StringComparison.Ordinal))
            .SelectMany(member => Within(member.Value, path[(member.Name.Length + 1)..])));
    }

    private static IEnumerable<string> Values(JsonElement found) =>
        found.ValueKind == JsonValueKind.Array ? found.EnumerateArray().Select(Text) : [Text(found)];

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

using System.Buffers;

namespace AdminPortal.MailServer.Sasl;

/// <summary>The token in an Authorization field (RFC 6750, 2.1), as both mechanisms carry it.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Null where it is none; empty where the client brought none (RFC 7628, 4.3).</summary>
    public static string? In(string field)
    {
        if (field.Length == 0) return "";
        if (!field.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var token = field[Scheme.Length..].Trim(' ');
        return token.AsSpan().ContainsAnyExcept(Alphabet) ? null : token;
    }

    public static SaslStep Done(string mechanism, string name, string token) =>
        new SaslStep.Done(new BearerCredentials { Mechanism = mechanism, AuthenticationIdentity = name, Token = new Secret(token) });
}

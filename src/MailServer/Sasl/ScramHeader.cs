namespace AdminPortal.MailServer.Sasl;

/// <summary>The client's first message (RFC 5802, 7): <c>n,a=authzid,n=name,r=nonce</c>.</summary>
/// <param name="Gs2">The part that the client repeats under its signature, with the comma that ends it.</param>
/// <param name="Binding"><c>n</c>, <c>y</c>, or <c>p=type</c>.</param>
/// <param name="ActsAs">The authorization identity; null: itself.</param>
/// <param name="Bare">The rest, as it is signed.</param>
/// <param name="Name">The authentication identity.</param>
/// <param name="Nonce">The client's part of it.</param>
internal sealed record ScramHeader(string Gs2, string Binding, string? ActsAs, string Bare, string Name, string Nonce)
{
    private const int LongestNonce = 256;

    /// <summary>Null where it does not follow the grammar.</summary>
    public static ScramHeader? Read(string message)
    {
        var parts = message.Split(',');
        if (parts.Length < 4 || !IsBinding(parts[0]) || (parts[1].Length > 0 && !parts[1].StartsWith("a=", StringComparison.Ordinal)))
            return null;
        // "m=" in place of the name is an extension that nobody has defined (RFC 5802, 5.1).
        if (!parts[2].StartsWith("n=", StringComparison.Ordinal) || !parts[3].StartsWith("r=", StringComparison.Ordinal))
            return null;
        var actsAs = parts[1].Length > 0 ? Unescape(parts[1][2..]) : "";
        var (name, nonce) = (Unescape(parts[2][2..]), parts[3][2..]);
        if (actsAs is null || name is null || !CredentialText.IsName(name) || (parts[1].Length > 0 && !CredentialText.IsName(actsAs)) || !IsNonce(nonce))
            return null;
        var gs2 = $"{parts[0]},{parts[1]},";
        return new(gs2, parts[0], actsAs.Length > 0 ? actsAs : null, message[gs2.Length..], name, nonce);
    }

    private static bool IsBinding(string flag) =>
        flag is "n" or "y" || (flag.StartsWith("p=", StringComparison.Ordinal) && flag.Length > 2 && flag[2..].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'));

    private static bool IsNonce(string text) => text.Length is > 0 and <= LongestNonce && text.All(c => c is >= '!' and <= '~');

    // RFC 5802, 5.1: "=2C" for a comma, "=3D" for an equals sign, and no other use of "=".
    internal static string? Unescape(string name)
    {
        var without = name.Replace("=2C", "", StringComparison.Ordinal).Replace("=3D", "", StringComparison.Ordinal);
        return without.Contains('=', StringComparison.Ordinal)
            ? null
            : name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
    }
}

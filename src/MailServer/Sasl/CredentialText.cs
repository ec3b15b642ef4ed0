using System.Text;

namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// What counts as a name and a password, whatever command carried it (see <see cref="MailCredentials"/> for the promise).
/// </summary>
internal static class CredentialText
{
    private const int LongestName = 320;
    private const int LongestPassword = 1_024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null when the octets are not UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<byte> octets)
    {
        try
        {
            return StrictUtf8.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    public static bool IsName(string text) => text.Length is > 0 and <= LongestName && !text.Any(char.IsControl);

    /// <summary>Null when name or password cannot be one.</summary>
    public static PasswordCredentials? Password(string mechanism, string name, string password, string? authorization)
    {
        if (!IsName(name) || password.Length is 0 or > LongestPassword || password.Contains('\0'))
            return null;
        return new PasswordCredentials
        {
            Mechanism = mechanism,
            AuthenticationIdentity = name,
            AuthorizationIdentity = authorization,
            Password = new Secret(password),
        };
    }
}

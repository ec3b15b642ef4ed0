using AdminPortal.MailServer.Sasl;

namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.2.3. Refused before TLS without a look at the arguments.</summary>
internal static class Login
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        if (!imap.Connection.IsSecure)
            return ImapReply.Refusal(new AuthenticationResult.TlsRequired());
        line.Arguments.Space();
        var name = CredentialText.Decode(line.Arguments.AString());
        line.Arguments.Space();
        var password = CredentialText.Decode(line.Arguments.AString());
        line.Arguments.End();
        if (name is null || password is null
            || CredentialText.Password("LOGIN", name, password, authorization: null) is not { } credentials)
            return ImapReply.Bad("Not a name and a password");
        var result = await imap.SignIn.TryAsync(imap.Connection, credentials, imap.Connection.Limits.ImapIdleTimeout);
        return ImapReply.Of(result, imap);
    }
}

using AdminPortal.MailServer.Sasl;

namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 7: everything after the one space is the password, spaces included.</summary>
internal static class Pass
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (!pop3.Connection.IsSecure)
            pop3.Error(Pop3Replies.Refusal(new AuthenticationResult.TlsRequired()));
        else if (pop3.User is null)
            pop3.Bad("USER first");
        else if (CredentialText.Decode(line.Rest.Span) is { } password
            && CredentialText.Password("USER", pop3.User, password, authorization: null) is { } credentials)
            await pop3.AnswerAsync(await pop3.SignIn.TryAsync(pop3.Connection, credentials, pop3.Connection.Limits.Pop3IdleTimeout));
        else
            pop3.Bad("PASS password");
    }
}

using AdminPortal.MailServer.Sasl;

namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 7. The answer to USER tells nothing about the name; PASS decides.</summary>
internal static class User
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (!pop3.Connection.IsSecure)
            pop3.Error(Pop3Replies.Refusal(new AuthenticationResult.TlsRequired()));
        else if (CredentialText.Decode(line.Rest.Span) is { } name && CredentialText.IsName(name))
            Remember(pop3, name);
        else
            pop3.Bad("USER name");
        return Task.CompletedTask;
    }

    private static void Remember(Pop3Connection pop3, string name)
    {
        pop3.User = name;
        pop3.Ok("Password, please");
    }
}

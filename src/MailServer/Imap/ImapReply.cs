using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>The tagged end of a command (RFC 9051, 7.1): status, response code, text for people.</summary>
internal readonly record struct ImapReply(string Status, string? Code, string Text)
{
    /// <summary>A line stays under the 8,000 octets that RFC 2683, 3.2.1.5 asks for, and under what people read.</summary>
    public const int LongestText = 900;

    /// <summary>An expunge's OK says how far the client is now (RFC 7162, 3.2.7 to 3.2.9).</summary>
    public bool TellsModSeq { get; init; }

    public static ImapReply Ok(string text, string? code = null) => new("OK", code, text);

    public static ImapReply No(string text, string? code = null) => new("NO", code, text);

    public static ImapReply Bad(string text, string? code = null) => new("BAD", code, text);

    /// <summary>How a login went.</summary>
    public static ImapReply Of(AuthenticationResult result, ImapConnection imap) => result switch
    {
        AuthenticationResult.Succeeded => Ok("Signed in", $"CAPABILITY {Capability.List(imap)}"),
        AuthenticationResult.SignedInElsewhere elsewhere => Ok("Signed in", $"CAPABILITY {elsewhere.Capabilities}"),
        _ => Refusal(result),
    };

    /// <summary>A refused login in IMAP's words (RFC 5530). One table; the other protocols have theirs.</summary>
    public static ImapReply Refusal(AuthenticationResult result) => result switch
    {
        AuthenticationResult.BadCredentials => No("Wrong user name or password", "AUTHENTICATIONFAILED"),
        AuthenticationResult.AccessDisabled disabled => No(ReplyText.OneLine(disabled.Reason, LongestText), "CONTACTADMIN"),
        AuthenticationResult.TlsRequired => No("Encryption first: STARTTLS", "PRIVACYREQUIRED"),
        AuthenticationResult.Throttled => No("Too many attempts or connections, try again later", "LIMIT"),
        AuthenticationResult.InUse => No("The mailbox is open in another session", "INUSE"),
        AuthenticationResult.Unavailable { Reason: { } reason } => Unavailable(ReplyText.OneLine(reason, LongestText)),
        _ => Unavailable("Sign-in is not available now, try again later"),
    };

    public static ImapReply Unavailable(string text) => No(text, "UNAVAILABLE");

    public static ImapReply NoSuchFolder() => No("No such folder", "NONEXISTENT");

    /// <summary>The folder may be created and the command tried again (RFC 9051, 7.1).</summary>
    public static ImapReply TryCreate() => No("No such folder", "TRYCREATE");

    public static ImapReply BadName() => No("Not a folder name that can be used here", "CANNOT");

    public static ImapReply OverQuota() => No("The mailbox is full", "OVERQUOTA");

    /// <summary>In a folder that many share.</summary>
    public static ImapReply NotPermitted() => No("An administrator decides that", "NOPERM");

    public static ImapReply ReadOnly() => No("The folder is open for reading only", "NOPERM");
}

using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>A refused login in POP3's words (RFC 2449, 8; RFC 3206). One table; the other protocols have theirs.</summary>
internal static class Pop3Replies
{
    /// <summary>RFC 2449, 4: 512 octets for an answer's line; less the code and the line end.</summary>
    public const int LongestText = 490;

    public static string Refusal(AuthenticationResult result) => result switch
    {
        AuthenticationResult.BadCredentials => "[AUTH] Wrong user name or password",
        AuthenticationResult.AccessDisabled disabled => $"[AUTH] {ReplyText.OneLine(disabled.Reason, LongestText)}",
        AuthenticationResult.TlsRequired => "[AUTH] Encryption first: STLS",
        AuthenticationResult.Throttled => "[SYS/TEMP] Too many attempts or connections, try again later",
        AuthenticationResult.InUse => "[IN-USE] The mailbox is open in another POP3 session",
        AuthenticationResult.Unavailable { Reason: { } reason } => $"[SYS/TEMP] {ReplyText.OneLine(reason, LongestText)}",
        _ => "[SYS/TEMP] Sign-in is not available now, try again later",
    };
}

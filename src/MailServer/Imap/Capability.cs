namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.1.1. What is named works now; before TLS nothing signs in, and LOGINDISABLED says so (RFC 8314, 4.1).</summary>
internal static class Capability
{
    private const string AfterSignIn =
        "IMAP4rev1 IMAP4rev2 LITERAL- ID ENABLE NAMESPACE UNSELECT UIDPLUS IDLE MOVE CHILDREN LIST-EXTENDED LIST-STATUS "
        + "SPECIAL-USE MULTIAPPEND STATUS=SIZE ESEARCH SEARCHRES BINARY CONDSTORE QRESYNC WITHIN "
        + "QUOTA QUOTA=RES-STORAGE UTF8=ACCEPT SORT ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES OBJECTID SAVEDATE PREVIEW";

    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        imap.Untagged($"CAPABILITY {List(imap)}");
        return Task.FromResult(ImapReply.Ok("That is all"));
    }

    public static string List(ImapConnection imap)
    {
        if (imap.Connection.Session is not null)
            return $"{AfterSignIn} APPENDLIMIT={imap.Connection.Limits.MessageSize}";
        var ways = imap.SignIn.Offered(imap.Connection).Select(name => $" AUTH={name}");
        return "IMAP4rev1 IMAP4rev2 LITERAL- SASL-IR ID ENABLE"
            + (imap.Connection.CanStartTls ? " STARTTLS" : "")
            + (imap.Connection.IsSecure ? string.Concat(ways) : " LOGINDISABLED");
    }
}

namespace AdminPortal.MailServer.Imap;

/// <summary>What a client has switched on for its connection by ENABLE (RFC 5161), or by using it. Nothing is switched off again.</summary>
[Flags]
internal enum ImapFeatures
{
    None = 0,

    /// <summary>IMAP4rev2 (RFC 9051) where it differs from IMAP4rev1.</summary>
    Rev2 = 1,

    /// <summary>Strings and folder names in UTF-8; IMAP4rev2 has them too.</summary>
    Utf8 = 2,
}

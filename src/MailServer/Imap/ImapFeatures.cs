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

    /// <summary>Every FETCH that tells of a change says MODSEQ (RFC 7162, 3.1).</summary>
    CondStore = 4,

    /// <summary>Expunges are told by UID, as VANISHED (RFC 7162, 3.2).</summary>
    QResync = 8,

    /// <summary>UTF8=ACCEPT (RFC 6855): as <see cref="Utf8"/>, and a search names no charset any more.</summary>
    Utf8Accept = 16,
}

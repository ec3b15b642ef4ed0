namespace AdminPortal.MailServer;

/// <summary>The three doors of a mailbox. SMTP always means authenticated submission, never delivery from outside.</summary>
public enum MailProtocol
{
    Pop3,
    Imap,
    Smtp,
}

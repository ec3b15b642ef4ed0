namespace AdminPortal.Data;

public static class MailProtocols
{
    /// <summary>In the order in which they are listed.</summary>
    public static readonly IReadOnlyList<MailProtocol> All = MailAccess.Protocols;

    /// <summary>As people know it, in every language: POP3, IMAP4, SMTP.</summary>
    public static string Name(this MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "POP3",
        MailProtocol.Imap => "IMAP4",
        MailProtocol.Smtp => "SMTP",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    /// <summary>As addresses, forms and JSON spell it: pop3, imap, smtp.</summary>
    public static string Word(this MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "pop3",
        MailProtocol.Imap => "imap",
        MailProtocol.Smtp => "smtp",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    public static MailProtocol? Read(string? word) => word switch
    {
        "pop3" => MailProtocol.Pop3,
        "imap" => MailProtocol.Imap,
        "smtp" => MailProtocol.Smtp,
        _ => null,
    };
}

using AdminPortal.Data;

namespace AdminPortal.Features.MailAccess;

/// <summary>What shall become of the three settings; null leaves one as it is.</summary>
public sealed record AccessChanges(AccessSetting? Pop3 = null, AccessSetting? Imap = null, AccessSetting? Smtp = null)
{
    public bool IsEmpty => Pop3 is null && Imap is null && Smtp is null;

    public AccessSetting? this[MailProtocol protocol] => protocol switch
    {
        MailProtocol.Pop3 => Pop3,
        MailProtocol.Imap => Imap,
        _ => Smtp,
    };

    public AccessSettings ApplyTo(AccessSettings settings) => new(Pop3 ?? settings.Pop3, Imap ?? settings.Imap, Smtp ?? settings.Smtp);

    public static AccessChanges Of(MailProtocol protocol, AccessSetting setting) => protocol switch
    {
        MailProtocol.Pop3 => new(Pop3: setting),
        MailProtocol.Imap => new(Imap: setting),
        _ => new(Smtp: setting),
    };
}

namespace AdminPortal.Data;

/// <summary>What one layer (tenant, domain, plan or mailbox) says about the three protocols.</summary>
public sealed record AccessSettings(AccessSetting Pop3, AccessSetting Imap, AccessSetting Smtp)
{
    public static readonly AccessSettings Inherited = new(AccessSetting.Inherit, AccessSetting.Inherit, AccessSetting.Inherit);

    /// <summary>What a new tenant starts with: POP3 and IMAP4 are on for everybody by default, and sending with them.</summary>
    public static readonly AccessSettings AllEnabled = new(AccessSetting.Enabled, AccessSetting.Enabled, AccessSetting.Enabled);

    public AccessSetting this[MailProtocol protocol] => protocol switch
    {
        MailProtocol.Pop3 => Pop3,
        MailProtocol.Imap => Imap,
        MailProtocol.Smtp => Smtp,
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    public AccessSettings With(MailProtocol protocol, AccessSetting setting) => protocol switch
    {
        MailProtocol.Pop3 => this with { Pop3 = setting },
        MailProtocol.Imap => this with { Imap = setting },
        MailProtocol.Smtp => this with { Smtp = setting },
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };
}

namespace AdminPortal.Data;

/// <summary>Whose access tokens open a tenant's mailboxes to mail programs (OAUTHBEARER, XOAUTH2), and which of them.</summary>
public sealed class MailTokenIssuer : ITenantOwned
{
    public Guid TenantId { get; init; }

    /// <summary>Another one after every change: sessions that were opened under other rules end.</summary>
    public Guid Id { get; set; }

    /// <summary>The issuer's identifier, exactly as it stands in its tokens and its discovery document.</summary>
    public required string Issuer { get; set; }

    /// <summary>For whom the token must be: this mail server's name at the issuer.</summary>
    public required string Audience { get; set; }

    /// <summary>Which claim names the mailbox by one of its addresses.</summary>
    public required string AddressClaim { get; set; }

    public AddressTrust AddressTrust { get; set; }

    /// <summary>What a token must be good for, for each protocol; null: any token of the audience will do.</summary>
    public string? Pop3Scope { get; set; }

    public string? ImapScope { get; set; }

    public string? SmtpScope { get; set; }

    public string? ScopeOf(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => Pop3Scope,
        MailProtocol.Imap => ImapScope,
        MailProtocol.Smtp => SmtpScope,
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Features.MailHosting.SignIn;

/// <summary>What the mail server says to people, in the language of their mailbox.</summary>
internal sealed class RefusalText(IStringLocalizer<Text> T, IOptions<HostingOptions> hosting)
{
    /// <summary>The English beginning is fixed: mail programs show it, and checks recognise a refusal by it.</summary>
    public string SwitchedOff(MailProtocol protocol, string language) =>
        $"{Name(protocol)} is switched off. {In(language, () => T["SwitchedOff", new Uri(hosting.Value.PublicAddress, "my")])}";

    public string Disconnected(string language) => In(language, () => T["Disconnected"]);

    public string CredentialRevoked(string language) => In(language, () => T["CredentialRevoked"]);

    public string RecipientGone(string language) => In(language, () => T["RecipientGone"]);

    /// <summary>What the user is told when the session has to end.</summary>
    public async Task<SessionEnd> SayAsync(MailLogin mailbox, LiveSession session) => await session.Ended switch
    {
        SessionEnding.AccessDisabled => new(SessionEndReason.AccessDisabled, SwitchedOff(session.Protocol, mailbox.Language)),
        SessionEnding.CredentialRevoked => new(SessionEndReason.CredentialRevoked, CredentialRevoked(mailbox.Language)),
        _ => new(SessionEndReason.Disconnected, Disconnected(mailbox.Language)),
    };

    private static string Name(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "POP3",
        MailProtocol.Imap => "IMAP4",
        MailProtocol.Smtp => "SMTP",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    // A mail connection has no request whose culture would be set.
    private static string In(string language, Func<LocalizedString> text) => (Language.Find(language) ?? Language.All[0]).Speak(() => text().Value);
}

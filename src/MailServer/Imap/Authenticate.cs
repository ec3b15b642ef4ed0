using System.Text;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.2.2, with the initial response of RFC 4959.</summary>
internal static class Authenticate
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = line.Arguments.Atom();
        byte[]? initial = line.Arguments.TryTake(' ') ? Encoding.ASCII.GetBytes(line.Arguments.Atom()) : null;
        line.Arguments.End();
        if (!imap.Connection.IsSecure)
            return ImapReply.Refusal(new AuthenticationResult.TlsRequired());
        return imap.SignIn.Find(name) is { } mechanism
            ? await ExchangeAsync(imap, mechanism, initial)
            : ImapReply.No("Unknown mechanism", "CANNOT");
    }

    private static async Task<ImapReply> ExchangeAsync(ImapConnection imap, ISaslMechanism mechanism, byte[]? initial)
    {
        var outcome = await SaslDialogue.RunAsync(
            imap.Connection, imap.SignIn, mechanism, initial, "+ ", imap.Connection.Limits.ImapIdleTimeout);
        switch (outcome)
        {
            case SaslOutcome.Decided { Result: var result }:
                return ImapReply.Of(result, imap);
            case SaslOutcome.Cancelled:
                return ImapReply.Bad("Cancelled");
            case SaslOutcome.Broken { End: LineEnd.TooLong }:
                await imap.ShowOutAsync("BYE [TOOBIG] The response is too long");
                return ImapReply.Bad("The response is too long");
            case SaslOutcome.Broken:
                imap.Finished = true;
                return ImapReply.Bad("Lines end with CR LF");
            default:
                return ImapReply.Bad("Malformed response");
        }
    }
}

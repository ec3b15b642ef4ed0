using System.Text;
using AdminPortal.MailServer.Sasl;

namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 5034: SASL with an optional initial response.</summary>
internal static class Auth
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (!pop3.Connection.IsSecure)
            pop3.Error(Pop3Replies.Refusal(new AuthenticationResult.TlsRequired()));
        else if (line.Words is not { Length: 1 or 2 } words)
            pop3.Bad("AUTH mechanism [initial-response]");
        else if (pop3.SignIn.Find(words[0]) is { } mechanism)
            await ExchangeAsync(pop3, mechanism, words.Length == 2 ? Encoding.UTF8.GetBytes(words[1]) : null);
        else
            pop3.Bad("[AUTH] Unknown mechanism");
    }

    private static async Task ExchangeAsync(Pop3Connection pop3, ISaslMechanism mechanism, byte[]? initial)
    {
        var outcome = await SaslDialogue.RunAsync(
            pop3.Connection, pop3.SignIn, mechanism, initial, "+ ", pop3.Connection.Limits.Pop3IdleTimeout);
        switch (outcome)
        {
            case SaslOutcome.Decided { Result: var result }:
                await pop3.AnswerAsync(result);
                break;
            case SaslOutcome.Cancelled:
                pop3.Error("Cancelled");
                break;
            case SaslOutcome.Malformed:
                pop3.Bad("Malformed response");
                break;
            case SaslOutcome.Broken:
                pop3.Error("Line too long");
                pop3.Finished = true;
                break;
        }
    }
}

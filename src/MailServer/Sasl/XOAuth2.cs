namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// XOAUTH2, what Outlook and Thunderbird speak; no standard, but documented by those who made it:
/// <c>user=name^Aauth=Bearer token^A^A</c>, where ^A is the octet 1. A refused token is told in JSON, which the client answers with an empty line.
/// </summary>
internal sealed class XOAuth2(IMailBackend backend) : ISaslMechanism
{
    private static readonly byte[] Refused = """{"status":"401","schemes":"bearer"}"""u8.ToArray();

    public string Name => "XOAUTH2";

    public bool IsOfferedTo(MailPeer peer) => backend.TakesBearerTokens;

    public ISaslExchange Start(MailPeer peer) => new Exchange();

    private sealed class Exchange : ISaslExchange
    {
        public ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) =>
            new(response is { } message ? Parse(message.Span) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty));

        public ReadOnlyMemory<byte>? Epilogue(AuthenticationResult result)
        {
            // Not as one conditional expression: a null array would become an empty challenge.
            if (result is not AuthenticationResult.BadCredentials)
                return null;
            return Refused;
        }

        private static SaslStep Parse(ReadOnlySpan<byte> message) =>
            CredentialText.Decode(message)?.Split('\u0001') is [var user, var auth, "", ""]
            && user.StartsWith("user=", StringComparison.Ordinal) && CredentialText.IsName(user[5..])
            && auth.StartsWith("auth=", StringComparison.Ordinal) && BearerToken.In(auth[5..]) is { } token
                ? BearerToken.Done("XOAUTH2", user[5..], token)
                : new SaslStep.Malformed();
    }
}

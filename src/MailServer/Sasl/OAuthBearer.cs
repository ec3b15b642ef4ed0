namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// OAUTHBEARER (RFC 7628): <c>n,a=name,^Ahost=…^Aport=…^Aauth=Bearer token^A^A</c>, where ^A is the octet 1. A refused token is told in JSON,
/// which the client answers with a dummy response (3.2.2, 3.2.3); it is the same whatever was wrong.
/// </summary>
internal sealed class OAuthBearer(IMailBackend backend) : ISaslMechanism
{
    private static readonly byte[] Refused = """{"status":"invalid_token"}"""u8.ToArray();

    public string Name => "OAUTHBEARER";

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

        private static SaslStep Parse(ReadOnlySpan<byte> message)
        {
            if (CredentialText.Decode(message) is not { } text || !text.EndsWith("\u0001\u0001", StringComparison.Ordinal)
                || text[..^2].Split('\u0001') is not [var header, .. var pairs] || NameIn(header) is not { } name)
                return new SaslStep.Malformed();
            var given = pairs.Where(pair => pair.StartsWith("auth=", StringComparison.Ordinal)).ToList();
            return given is [var auth] && BearerToken.In(auth["auth=".Length..]) is { } token
                ? BearerToken.Done("OAUTHBEARER", name, token)
                : new SaslStep.Malformed();
        }

        // RFC 5801, 4: no channel binding is defined for it, so the flag is n or y.
        private static string? NameIn(string header)
        {
            if (header.Split(',') is not ["n" or "y", var actsAs, ""]) return null;
            if (actsAs.Length == 0) return "";
            return actsAs.StartsWith("a=", StringComparison.Ordinal) && ScramHeader.Unescape(actsAs[2..]) is { } name && CredentialText.IsName(name) ? name : null;
        }
    }
}

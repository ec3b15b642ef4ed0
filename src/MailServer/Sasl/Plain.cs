namespace AdminPortal.MailServer.Sasl;

/// <summary>RFC 4616: <c>[authzid] NUL authcid NUL passwd</c>, and nothing after it.</summary>
internal sealed class Plain : ISaslMechanism
{
    public string Name => "PLAIN";

    public ISaslExchange Start(MailPeer peer) => new Exchange();

    private sealed class Exchange : ISaslExchange
    {
        public ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) =>
            new(response is { } message ? Parse(message) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty));

        private static SaslStep Parse(ReadOnlyMemory<byte> message)
        {
            if (CredentialText.Decode(message.Span)?.Split('\0') is not [var authorization, var authentication, var password])
                return new SaslStep.Malformed();
            if (authorization.Length > 0 && !CredentialText.IsName(authorization))
                return new SaslStep.Malformed();
            var actsAs = authorization.Length > 0 ? authorization : null;
            return CredentialText.Password("PLAIN", authentication, password, actsAs) is { } credentials
                ? new SaslStep.Done(credentials)
                : new SaslStep.Malformed();
        }
    }
}

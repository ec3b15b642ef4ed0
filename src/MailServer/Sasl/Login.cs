namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// The LOGIN mechanism of old Outlook and of devices: two prompts, no standard (draft-murchison-sasl-login). Safe inside TLS only, like
/// PLAIN.
/// </summary>
internal sealed class Login : ISaslMechanism
{
    public string Name => "LOGIN";

    public ISaslExchange Start(MailPeer peer) => new Exchange();

    private sealed class Exchange : ISaslExchange
    {
        private string? _name;

        public ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken) => new(Step(response));

        private SaslStep Step(ReadOnlyMemory<byte>? response)
        {
            if (response is not { } answer)
                return new SaslStep.Challenge("Username:"u8.ToArray());
            if (CredentialText.Decode(answer.Span) is not { } text)
                return new SaslStep.Malformed();
            if (_name is not null)
                return CredentialText.Password("LOGIN", _name, text, null) is { } credentials
                    ? new SaslStep.Done(credentials)
                    : new SaslStep.Malformed();
            _name = text;
            return new SaslStep.Challenge("Password:"u8.ToArray());
        }
    }
}

namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// A SASL mechanism (RFC 4422) from the server's side. One file each; registering it in <c>AddMailServer</c> is all it takes to be
/// offered by every protocol.
/// </summary>
internal interface ISaslMechanism
{
    /// <summary>The registered name, upper case.</summary>
    string Name { get; }

    /// <summary>False where this connection lacks what the mechanism needs beside TLS.</summary>
    bool IsOfferedTo(MailPeer peer) => true;

    ISaslExchange Start(MailPeer peer);
}

/// <summary>One run of a mechanism: fed the client's responses until it has credentials for the backend.</summary>
internal interface ISaslExchange
{
    /// <param name="response">What the client sent, decoded; null when it sent no initial response.</param>
    ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken);

    /// <summary>
    /// A last challenge after the backend's decision (SCRAM's server signature, OAUTHBEARER's error), whose response is empty and ignored.
    /// </summary>
    ReadOnlyMemory<byte>? Epilogue(AuthenticationResult result) => null;
}

internal abstract record SaslStep
{
    private SaslStep() { }

    public sealed record Challenge(ReadOnlyMemory<byte> Octets) : SaslStep;

    public sealed record Done(MailCredentials Credentials) : SaslStep;

    /// <summary>The response does not follow the mechanism's grammar.</summary>
    public sealed record Malformed : SaslStep;
}

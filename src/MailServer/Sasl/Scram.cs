using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// SCRAM-SHA-256 (RFC 5802, RFC 7677): the client proves that it knows the password without sending it, and the server that it has the
/// verifier. The backend says how the password was salted, and later compares the proof with what it stored.
/// </summary>
internal class Scram(IMailBackend backend) : ISaslMechanism
{
    private const int NonceLength = 18;

    public virtual string Name => "SCRAM-SHA-256";

    public virtual bool IsOfferedTo(MailPeer peer) => true;

    /// <summary>What the name before the first comma must be, and what the client binds to; null: not this mechanism's header.</summary>
    protected virtual byte[]? Binding(ScramHeader header, MailPeer peer) => header.Binding switch
    {
        "n" => [],
        // RFC 5802, 6: a client that could bind and believes the server cannot was lied to when it was told.
        "y" when ChannelBinding.Of(peer) is null => [],
        _ => null,
    };

    public ISaslExchange Start(MailPeer peer) => new Exchange(this, peer);

    private sealed class Exchange(Scram mechanism, MailPeer peer) : ISaslExchange
    {
        private ScramHeader? _header;
        private string _clientFirst = "", _serverFirst = "", _nonce = "";
        private byte[] _binding = [];
        private ScramCredentials? _credentials;

        public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            if (response is not { } octets)
                return new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);
            if (CredentialText.Decode(octets.Span) is not { } text)
                return new SaslStep.Malformed();
            return _header is null ? await BeginAsync(text, cancellationToken) : Finish(text);
        }

        public ReadOnlyMemory<byte>? Epilogue(AuthenticationResult result)
        {
            // Not as one conditional expression: a null array would become an empty challenge.
            if (result is not (AuthenticationResult.Succeeded or AuthenticationResult.SignedInElsewhere) || _credentials?.ServerSignature is not { } signature)
                return null;
            return Encoding.ASCII.GetBytes($"v={Convert.ToBase64String(signature)}");
        }

        private async Task<SaslStep> BeginAsync(string text, CancellationToken cancellationToken)
        {
            if (ScramHeader.Read(text) is not { } header || mechanism.Binding(header, peer) is not { } binding)
                return new SaslStep.Malformed();
            var salting = await mechanism.FindAsync(header.Name, cancellationToken);
            (_header, _binding, _clientFirst) = (header, binding, header.Bare);
            _nonce = header.Nonce + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceLength));
            _serverFirst = $"r={_nonce},s={Convert.ToBase64String(salting.Salt.Span)},i={salting.Iterations}";
            return new SaslStep.Challenge(Encoding.UTF8.GetBytes(_serverFirst));
        }

        // RFC 5802, 7: client-final-message = channel-binding "," nonce ["," extensions] "," proof.
        private SaslStep Finish(string text)
        {
            var end = text.LastIndexOf(",p=", StringComparison.Ordinal);
            if (end < 0 || !TryDecode(text[(end + 3)..], out var proof) || proof.Length != SHA256.HashSizeInBytes)
                return new SaslStep.Malformed();
            var withoutProof = text[..end];
            var attributes = withoutProof.Split(',');
            // A mandatory extension that is not known ends the exchange; others are signed for and otherwise ignored.
            if (attributes.Length < 2 || attributes[1] != $"r={_nonce}" || attributes.Any(attribute => attribute.StartsWith("m=", StringComparison.Ordinal))
                || !IsBound(attributes[0]))
                return new SaslStep.Malformed();
            return new SaslStep.Done(_credentials = new ScramCredentials(Encoding.UTF8.GetBytes($"{_clientFirst},{_serverFirst},{withoutProof}"), proof)
            {
                Mechanism = mechanism.Name,
                AuthenticationIdentity = _header!.Name,
                AuthorizationIdentity = _header.ActsAs,
            });
        }

        // The header that came in the clear is repeated under the signature: whoever changed it on the way is found out here.
        private bool IsBound(string attribute) =>
            attribute.StartsWith("c=", StringComparison.Ordinal) && TryDecode(attribute[2..], out var given)
            && CryptographicOperations.FixedTimeEquals(given, [.. Encoding.UTF8.GetBytes(_header!.Gs2), .. _binding]);

        private static bool TryDecode(string base64, out byte[] octets)
        {
            octets = new byte[base64.Length];
            var isBase64 = Convert.TryFromBase64String(base64, octets, out var length);
            octets = octets[..length];
            return isBase64;
        }
    }

    private Task<PasswordSalting> FindAsync(string name, CancellationToken cancellationToken) => backend.FindSaltingAsync(name, cancellationToken);
}

/// <summary>SCRAM-SHA-256-PLUS: the proof is bound to the certificate of this connection, so that nobody in between can pass it on.</summary>
internal sealed class ScramPlus(IMailBackend backend) : Scram(backend)
{
    public override string Name => "SCRAM-SHA-256-PLUS";

    public override bool IsOfferedTo(MailPeer peer) => ChannelBinding.Of(peer) is not null;

    protected override byte[]? Binding(ScramHeader header, MailPeer peer) =>
        header.Binding == $"p={ChannelBinding.Type}" ? ChannelBinding.Of(peer) : null;
}

using System.Net.Security;
using MailKit;
using MailKit.Net.Pop3;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>POP3: asks for the number of messages (STAT) and takes none.</summary>
internal sealed class Pop3Probe : Probe
{
    private readonly ProbingPop3Client client;

    public Pop3Probe(ProbeTarget target, ProbeCredential? credential, ProbeSettings settings, StepRecorder steps)
        : base(target, credential, settings, steps) => client = new(Wire);

    protected override MailService Client => client;

    // A server without CAPA takes USER and PASS (RFC 1939, 7).
    protected override bool HasPlainCommand =>
        client.Capabilities.HasFlag(Pop3Capabilities.User) || client.Capabilities == Pop3Capabilities.None;

    protected override Task OpenMailAsync(CancellationToken cancellationToken) => client.GetMessageCountAsync(cancellationToken);

    // "+OK" also answers USER: what MailKit takes for signed in is asked instead.
    protected override bool Accepts(string line) => client.IsAuthenticated;

    private sealed class ProbingPop3Client(IProtocolLogger log) : Pop3Client(log)
    {
        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback callback) =>
            WithoutDownloads(base.GetSslClientAuthenticationOptions(host, callback));
    }
}

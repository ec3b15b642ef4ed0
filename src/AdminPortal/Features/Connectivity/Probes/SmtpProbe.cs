using System.Net.Security;
using MailKit;
using MailKit.Net.Smtp;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>Submission: names the mailbox as the sender and takes it back (MAIL, RSET), which proves the right to send without sending.</summary>
internal sealed class SmtpProbe : Probe
{
    private readonly ProbingSmtpClient client;
    private readonly string sender;

    public SmtpProbe(ProbeTarget target, ProbeCredential? credential, ProbeSettings settings, StepRecorder steps, string sender)
        : base(target, credential, settings, steps)
    {
        this.sender = sender;
        client = new(Wire) { LocalDomain = settings.LocalName };
    }

    protected override MailService Client => client;

    protected override bool HasPlainCommand => false;

    protected override Task OpenMailAsync(CancellationToken cancellationToken) => client.NameSenderAsync(sender, cancellationToken);

    protected override bool Accepts(string line) => line.StartsWith("235", StringComparison.Ordinal);

    private sealed class ProbingSmtpClient(IProtocolLogger log) : SmtpClient(log)
    {
        public async Task NameSenderAsync(string address, CancellationToken cancellationToken)
        {
            // RFC 6531, 3.4: an address beyond ASCII needs the word, and the server must have offered it.
            var beyondAscii = !address.All(char.IsAscii);
            var named = await SendCommandAsync($"MAIL FROM:<{address}>{(beyondAscii ? " SMTPUTF8" : "")}", cancellationToken);
            if ((int)named.StatusCode is < 200 or > 299)
                throw new SmtpCommandException(SmtpErrorCode.SenderNotAccepted, named.StatusCode, named.Response);
            await SendCommandAsync("RSET", cancellationToken);
        }

        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback callback) =>
            WithoutDownloads(base.GetSslClientAuthenticationOptions(host, callback));
    }
}

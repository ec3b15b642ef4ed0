using System.Net.Security;
using MailKit;
using MailKit.Net.Imap;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>IMAP4: opens INBOX read-only, and waits for news for a moment (IDLE, RFC 2177), which is what makes mail arrive at once.</summary>
internal sealed class ImapProbe : Probe
{
    private readonly ProbingImapClient client;

    public ImapProbe(ProbeTarget target, ProbeCredential? credential, ProbeSettings settings, StepRecorder steps)
        : base(target, credential, settings, steps) => client = new(Wire);

    protected override MailService Client => client;

    protected override bool HasPlainCommand => !client.Capabilities.HasFlag(ImapCapabilities.LoginDisabled);

    protected override Task OpenMailAsync(CancellationToken cancellationToken) =>
        client.Inbox!.OpenAsync(FolderAccess.ReadOnly, cancellationToken);

    // A tagged OK: untagged lines and continuations begin with "*" and "+".
    protected override bool Accepts(string line) =>
        line.Split(' ', 3) is [{ Length: > 0 } tag, "OK", ..] && tag is not ("*" or "+");

    protected override Task AfterOpenAsync(CancellationToken cancellationToken, CancellationToken caller) =>
        StepAsync(StepName.Idle, () => IdleAsync(cancellationToken), ReadIdling, caller);

    // MailKit asks the capabilities before it sends IDLE.
    private static FailureCause ReadIdling(Exception exception) =>
        exception is NotSupportedException ? FailureCause.IdleMissing : FailureCause.ProtocolError;

    private async Task IdleAsync(CancellationToken cancellationToken)
    {
        using var done = new CancellationTokenSource();
        Wire.ServerSpoke += EndWhenIdle;
        try
        {
            await client.IdleAsync(done.Token, cancellationToken);
        }
        finally
        {
            Wire.ServerSpoke -= EndWhenIdle;
        }

        void EndWhenIdle(string line)
        {
            if (line.StartsWith('+')) done.Cancel();
        }
    }

    private sealed class ProbingImapClient(IProtocolLogger log) : ImapClient(log)
    {
        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback callback) =>
            WithoutDownloads(base.GetSslClientAuthenticationOptions(host, callback));
    }
}

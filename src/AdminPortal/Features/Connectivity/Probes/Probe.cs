using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using MailKit;
using MailKit.Security;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// Signs in to one endpoint as a mail program would, step by step, and tells what happened. It never throws for anything the network or the
/// server does; only the caller's own cancellation comes out. A credential is sent once, inside TLS, to a server whose certificate is
/// trusted and bears the host's name; in every other case the probe stops before that.
/// </summary>
internal abstract class Probe : IDisposable
{
    private readonly ProbeTarget target;
    private readonly ProbeSettings settings;
    private readonly StepRecorder steps;
    private FailureCause? cause;
    private string? certificate;
    private bool certificateTrusted;
    private bool signedIn;
    private MeteredStream? stream;
    private CancellationToken ended;

    /// <param name="target">Where; addresses judged already.</param>
    /// <param name="credential">Null: the probe stops before it would sign in.</param>
    /// <param name="settings">Patience and trust.</param>
    /// <param name="steps">Goes on from the step that resolved the name.</param>
    protected Probe(ProbeTarget target, ProbeCredential? credential, ProbeSettings settings, StepRecorder steps)
    {
        this.target = target;
        this.settings = settings;
        this.steps = steps;
        Credential = credential;
        Redactor = new Redactor(target.Protocol, credential);
        Wire = new WireLog(Redactor);
    }

    /// <summary>The probe that speaks the target's protocol.</summary>
    /// <param name="target">Where; addresses judged already.</param>
    /// <param name="credential">Null: the probe stops before it would sign in.</param>
    /// <param name="settings">Patience and trust.</param>
    /// <param name="steps">Goes on from the step that resolved the name.</param>
    /// <param name="mailbox">The mailbox's address, which SMTP names as the sender.</param>
    public static Probe For(ProbeTarget target, ProbeCredential? credential, ProbeSettings settings, StepRecorder steps, string mailbox) =>
        target.Protocol switch
        {
            MailProtocol.Imap => new ImapProbe(target, credential, settings, steps),
            MailProtocol.Pop3 => new Pop3Probe(target, credential, settings, steps),
            MailProtocol.Smtp => new SmtpProbe(target, credential, settings, steps, mailbox),
            _ => throw new ArgumentOutOfRangeException(nameof(target)),
        };

    /// <summary>What a check of that protocol consists of, after the name is resolved. Only IMAP4 can wait for news.</summary>
    public static IEnumerable<StepName> StepsOf(MailProtocol protocol) => Enum.GetValues<StepName>()
        .Where(step => step != StepName.Resolve && (step != StepName.Idle || protocol == MailProtocol.Imap));

    protected ProbeCredential? Credential { get; }

    protected WireLog Wire { get; }

    protected abstract MailService Client { get; }

    private Redactor Redactor { get; }

    /// <summary>The conversation without secrets, for the log.</summary>
    public IReadOnlyCollection<string> Transcript => Wire.Transcript;

    /// <summary>Runs until the end or the first failure.</summary>
    /// <param name="deadline">Fires when the check has taken long enough; that is a result.</param>
    /// <param name="caller">Fires when nobody waits any more; that is an exception.</param>
    public async Task<ProbeResult> RunAsync(CancellationToken deadline, CancellationToken caller)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline, caller);
        ended = both.Token;
        var works = await ConnectAsync(both.Token, caller) && await MeetAsync(both.Token, caller) && MayProve()
            && await SignInAsync(both.Token, caller) && await OpenAsync(both.Token, caller);
        if (works) await AfterOpenAsync(both.Token, caller);
        await SignOffAsync(both.Token, caller);
        SkipTheRest();
        return new(steps.Steps, signedIn, cause);
    }

    public void Dispose()
    {
        Client.Dispose();
        stream?.Dispose();
    }

    /// <summary>Opens what a program would open first and answers the server's words.</summary>
    protected abstract Task OpenMailAsync(CancellationToken cancellationToken);

    /// <summary>Whether this line ends the sign-in with success. MailKit asks more afterwards; a failure there does not undo the sign-in.</summary>
    protected abstract bool Accepts(string line);

    /// <summary>Whether the protocol's own command for a name and a password may be used where SASL is not offered.</summary>
    protected abstract bool HasPlainCommand { get; }

    protected virtual Task AfterOpenAsync(CancellationToken cancellationToken, CancellationToken caller) => Task.CompletedTask;

    /// <summary>What SslStream is to do beside asking <see cref="TrustCertificate"/>.</summary>
    protected static SslClientAuthenticationOptions WithoutDownloads(SslClientAuthenticationOptions options)
    {
        options.CertificateChainPolicy = TrustedRoots.WithoutDownloads();
        return options;
    }

    /// <summary>One step: its end, its time and its failure are recorded. False when it failed.</summary>
    protected async Task<bool> StepAsync(
        StepName name, Func<Task> act, Func<Exception, FailureCause> read, CancellationToken caller, FailureCause whenTimedOut = FailureCause.TimedOut)
    {
        steps.Begin(name);
        try
        {
            await act();
            steps.Succeed(Words());
            return true;
        }
        catch (Exception exception) when (!caller.IsCancellationRequested)
        {
            Fail(IsTimeout(exception) ? whenTimedOut : read(exception));
            return false;
        }
    }

    private async Task<bool> ConnectAsync(CancellationToken cancellationToken, CancellationToken caller) => await StepAsync(
        StepName.Connect,
        async () => stream = new MeteredStream(await OpenSocketAsync(cancellationToken), settings.MostOctets),
        exception => exception is SocketException refused ? FailureReading.OfConnecting(refused) : FailureCause.ConnectionTimedOut,
        caller,
        FailureCause.ConnectionTimedOut);

    private async Task<NetworkStream> OpenSocketAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(settings.ConnectPatience);
        for (var i = 0; ; i++)
        {
            var address = target.Addresses[i];
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, target.Port, patience.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i + 1 < target.Addresses.Count)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Greeting, TLS and capabilities are one call of MailKit; the wire tells when one ends and the next begins.</summary>
    private async Task<bool> MeetAsync(CancellationToken cancellationToken, CancellationToken caller)
    {
        using var meeting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Wire.ClientSpoke += EndHandshake;
        Wire.ServerSpoke += EndGreeting;
        Client.ServerCertificateValidationCallback = TrustCertificate;
        Client.CheckCertificateRevocation = false;
        steps.Begin(target.Security == ConnectionSecurity.ImplicitTls ? StepName.Tls : StepName.Greeting);
        try
        {
            if (target.Security != ConnectionSecurity.ImplicitTls && !await IsGreetedAsync(meeting.Token)) return false;
            await Client.ConnectAsync(stream!, target.Host, target.Port, SocketOptions, meeting.Token);
            steps.Succeed(Words());
            return cause is null;
        }
        catch (Exception exception) when (!caller.IsCancellationRequested)
        {
            Fail(cause ?? WhyNotMet(exception));
            return false;
        }
        finally
        {
            Wire.ClientSpoke -= EndHandshake;
            Wire.ServerSpoke -= EndGreeting;
        }

        void EndGreeting(string line)
        {
            EndHandshake();
            if (steps.Current != StepName.Greeting) return;
            // A server that takes us for signed in before we proved anything is not to be believed (RFC 9051, 11.3: no PREAUTH in the clear).
            if (line.StartsWith("* PREAUTH", StringComparison.OrdinalIgnoreCase))
            {
                cause = FailureCause.ProtocolError;
                meeting.Cancel();
                return;
            }
            if (FailureReading.TurnsAway(target.Protocol, line)) return;
            steps.Succeed(Show(line));
            steps.Begin(target.Security == ConnectionSecurity.StartTls ? StepName.Tls : StepName.Capabilities);
        }

        // The first words inside TLS mean that the handshake is over.
        void EndHandshake()
        {
            if (steps.Current != StepName.Tls || !certificateTrusted) return;
            steps.Succeed(InertText.Show(certificate));
            steps.Begin(target.Security == ConnectionSecurity.ImplicitTls ? StepName.Greeting : StepName.Capabilities);
        }
    }

    /// <summary>A server that says nothing may be waiting for TLS from the first byte. That is found out by offering it, to nobody's harm.</summary>
    private async Task<bool> IsGreetedAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(settings.GreetingPatience);
        try
        {
            await stream!.WaitForFirstAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await OfferTlsAsync(cancellationToken);
            Fail(stream!.First is [0x15 or 0x16, ..] ? FailureCause.TlsExpected : FailureCause.TimedOut);
            return false;
        }
    }

    private async Task OfferTlsAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(settings.GreetingPatience);
        try
        {
            await using var tls = new SslStream(stream!, leaveInnerStreamOpen: true, (_, _, _, _) => false);
            await tls.AuthenticateAsClientAsync(
                WithoutDownloads(new SslClientAuthenticationOptions { TargetHost = target.Host }), patience.Token);
        }
        catch (Exception exception) when (exception is System.Security.Authentication.AuthenticationException or IOException or OperationCanceledException)
        {
            // Expected: no certificate is accepted here. What the server answered is seen in the first octets.
        }
    }

    private FailureCause WhyNotMet(Exception exception) => exception switch
    {
        _ when IsTimeout(exception) => FailureCause.TimedOut,
        _ when stream!.LimitReached => FailureCause.ProtocolError,
        _ => FailureReading.OfMeeting(steps.Current ?? StepName.Greeting, exception, target.Protocol, stream.First, Wire.Reply),
    };

    // MailKit words a handshake that was cut short as a failed handshake.
    private bool IsTimeout(Exception exception) => exception is OperationCanceledException || ended.IsCancellationRequested;

    private SecureSocketOptions SocketOptions => target.Security switch
    {
        ConnectionSecurity.ImplicitTls => SecureSocketOptions.SslOnConnect,
        // Never "when available": a stripped offer must be a failure.
        ConnectionSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    private bool TrustCertificate(object sender, X509Certificate? presented, X509Chain? chain, SslPolicyErrors errors)
    {
        using var judged = presented is null ? null : X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        certificate = judged is null ? null : CertificateJudge.Describe(judged);
        cause = settings.Judge.Judge(judged, chain, errors);
        certificateTrusted = cause is null;
        return certificateTrusted;
    }

    private bool MayProve()
    {
        if (!Client.IsSecure || !certificateTrusted)
        {
            cause = FailureCause.PlaintextRefused;
            return false;
        }
        return Credential is not null;
    }

    private async Task<bool> SignInAsync(CancellationToken cancellationToken, CancellationToken caller)
    {
        if (Mechanism(Credential!) is not { } proof)
        {
            steps.Begin(StepName.Authenticate);
            Fail(FailureCause.MechanismMissing);
            return false;
        }
        Wire.ServerSpoke += Notice;
        var accepted = await StepAsync(StepName.Authenticate, () => proof(cancellationToken), _ => Refusal.Read(target.Protocol, Wire.Reply), caller);
        Wire.ServerSpoke -= Notice;
        signedIn |= accepted;
        return accepted;

        void Notice(string line) => signedIn |= Accepts(line);
    }

    /// <summary>One mechanism, one attempt: trying the next after a refusal would count as guessing.</summary>
    private Func<CancellationToken, Task>? Mechanism(ProbeCredential credential)
    {
        var (name, password) = (credential.AuthenticationIdentity, credential.Password);
        var offered = Client.AuthenticationMechanisms;
        if (offered.Contains("PLAIN"))
            return Sasl(new SaslMechanismPlain(Encoding.UTF8, name, password) { AuthorizationId = credential.AuthorizationIdentity });
        if (credential.AuthorizationIdentity is not null) return null;
        if (offered.Contains("SCRAM-SHA-256")) return Sasl(new SaslMechanismScramSha256(name, password));
        if (offered.Contains("LOGIN")) return Sasl(new SaslMechanismLogin(Encoding.UTF8, name, password));
        if (!HasPlainCommand) return null;
        offered.Clear();
        return token => Client.AuthenticateAsync(Encoding.UTF8, name, password, token);

        Func<CancellationToken, Task> Sasl(SaslMechanism mechanism) => token => Client.AuthenticateAsync(mechanism, token);
    }

    private Task<bool> OpenAsync(CancellationToken cancellationToken, CancellationToken caller) =>
        StepAsync(StepName.Open, () => OpenMailAsync(cancellationToken), ReadOpening, caller);

    private FailureCause ReadOpening(Exception exception) =>
        exception is CommandException && Refusal.Read(target.Protocol, Wire.Reply) is var read and not FailureCause.WrongPassword
            ? read
            : FailureCause.ProtocolError;

    /// <summary>Polite, and never a finding: a server may hang up as it likes.</summary>
    private async Task SignOffAsync(CancellationToken cancellationToken, CancellationToken caller)
    {
        if (!Client.IsConnected || cancellationToken.IsCancellationRequested) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(settings.SignOffPatience);
        var found = cause;
        await StepAsync(StepName.SignOff, () => Client.DisconnectAsync(quit: true, patience.Token), _ => FailureCause.ProtocolError, caller);
        cause = found;
    }

    private void SkipTheRest()
    {
        foreach (var name in StepsOf(target.Protocol).Except(steps.Steps.Select(step => step.Name)))
            steps.Skip(name);
    }

    private void Fail(FailureCause why)
    {
        cause = why;
        steps.Fail(steps.Current == StepName.Tls && certificate is not null ? InertText.Show(certificate) : Words());
    }

    private string? Words() => Show(string.Join(' ', Wire.Reply));

    private string? Show(string said) => InertText.Show(Redactor.HideValues(said));
}

/// <summary>What all probes share.</summary>
/// <param name="Judge">Who is trusted.</param>
/// <param name="LocalName">How the probe introduces itself to an SMTP server.</param>
/// <param name="ConnectPatience">For a socket to open, all addresses together.</param>
/// <param name="GreetingPatience">For a server to say its first word where it should speak first.</param>
/// <param name="SignOffPatience">For a server to answer a goodbye.</param>
/// <param name="MostOctets">What a server may send in one check.</param>
internal sealed record ProbeSettings(
    CertificateJudge Judge, string LocalName, TimeSpan ConnectPatience, TimeSpan GreetingPatience, TimeSpan SignOffPatience, int MostOctets);

using AdminPortal.Data;
using AdminPortal.Features.Connectivity.Probes;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Connectivity;

/// <summary>One line of the table, from its name to the goodbye, within one deadline. Asks no database.</summary>
internal sealed partial class ProbeEndpoint(
    EndpointGate gate, TrustedRoots roots, IOptions<ConnectivityOptions> options, IOptions<MailServerAddresses> own, TimeProvider time,
    ILogger<ProbeEndpoint> logger)
{
    /// <param name="line">Where.</param>
    /// <param name="credential">With what; null stops before signing in.</param>
    /// <param name="mailbox">The mailbox's address.</param>
    /// <param name="caller">Fires when nobody waits any more.</param>
    /// <exception cref="OperationCanceledException">Nobody waits any more. Nothing else is thrown for what a network or a server does.</exception>
    public async Task<TimedProbeResult> RunAsync(ConnectionLine line, ProbeCredential? credential, string mailbox, CancellationToken caller)
    {
        var began = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(options.Value.Deadline, time);
        var steps = new StepRecorder(time);
        var target = await ResolveAsync(line, steps, deadline.Token, caller);
        var found = target is null
            ? GaveUp(line.Protocol, steps, deadline.IsCancellationRequested)
            : await ProbeAsync(target, credential, steps, mailbox, deadline.Token, caller);
        return new(found, time.GetElapsedTime(began));
    }

    private async Task<ProbeTarget?> ResolveAsync(ConnectionLine line, StepRecorder steps, CancellationToken deadline, CancellationToken caller)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline, caller);
        IReadOnlyList<System.Net.IPAddress> addresses = [];
        steps.Begin(StepName.Resolve);
        try
        {
            addresses = await gate.AddressesOfAsync(line, both.Token);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            // The name server was too slow: a failure like the others.
        }
        if (addresses.Count == 0)
        {
            steps.Fail();
            return null;
        }
        steps.Succeed();
        return new(line.Protocol, line.Host, line.Port, line.Security, addresses);
    }

    private async Task<ProbeResult> ProbeAsync(
        ProbeTarget target, ProbeCredential? credential, StepRecorder steps, string mailbox, CancellationToken deadline, CancellationToken caller)
    {
        using var probe = Probe.For(target, credential, Settings(), steps, mailbox);
        var result = await probe.RunAsync(deadline, caller);
        if (logger.IsEnabled(LogLevel.Debug)) LogTranscript(target.Host, target.Port, string.Join('\n', probe.Transcript));
        return result;
    }

    private static ProbeResult GaveUp(MailProtocol protocol, StepRecorder steps, bool tooLate)
    {
        foreach (var step in Probe.StepsOf(protocol)) steps.Skip(step);
        return new(steps.Steps, SignedIn: false, tooLate ? FailureCause.TimedOut : FailureCause.NameNotFound);
    }

    private ProbeSettings Settings() => new(
        new CertificateJudge(roots.Development, roots.Extra, time), own.Value.PublicHost, options.Value.ConnectPatience,
        options.Value.GreetingPatience, options.Value.SignOffPatience, options.Value.MostOctets);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Check of {Host}:{Port}\n{Transcript}")]
    private partial void LogTranscript(string host, int port, string transcript);
}

internal sealed record TimedProbeResult(ProbeResult Found, TimeSpan Took);

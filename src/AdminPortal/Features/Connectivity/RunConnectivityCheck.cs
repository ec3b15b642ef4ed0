using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Features.Connectivity.Probes;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Connectivity;

/// <param name="Mailbox">An address or an id.</param>
/// <param name="Protocols">What to try; several are tried at the same time.</param>
/// <param name="Password">The mailbox's own, used for this check and kept nowhere; null uses the pod's service credential.</param>
internal sealed record RunConnectivityCheckRequest(string Mailbox, IReadOnlyList<MailProtocol> Protocols, string? Password)
{
    private const int LongestPassword = 1024;

    /// <summary>No mail protocol can carry a password with these in it.</summary>
    public static bool CanBeSent(string? password) =>
        password is null || (password.Length is > 0 and <= LongestPassword && !password.AsSpan().ContainsAny('\0', '\r', '\n'));

    /// <summary>A record would print its members, the password with them.</summary>
    public override string ToString() => $"{nameof(RunConnectivityCheckRequest)} for {Mailbox}";
}

internal abstract record RunConnectivityCheckOutcome
{
    private RunConnectivityCheckOutcome() { }

    /// <summary>What ran is kept, whatever it found. A protocol that has no endpoint is missing here.</summary>
    public sealed record Checked(IReadOnlyList<KeptCheck> Checks) : RunConnectivityCheckOutcome;

    /// <summary>This tenant has no such mailbox.</summary>
    public sealed record NotFound : RunConnectivityCheckOutcome;

    /// <summary>Nobody has said where any of these protocols is served for the mailbox.</summary>
    public sealed record NoEndpoint : RunConnectivityCheckOutcome;
}

/// <summary>
/// Signs in to a mailbox's recommended endpoints, as a mail program would, and keeps what came of it: find, decide where, probe, judge,
/// record.
/// </summary>
internal sealed class RunConnectivityCheck(
    PortalDbContext db, ProbeEndpoint probe, ServiceCredentials credentials, IOptions<MailServerAddresses> own, Actor actor, TimeProvider time)
{
    public async Task<RunConnectivityCheckOutcome> HandleAsync(RunConnectivityCheckRequest request, CancellationToken cancellationToken)
    {
        if (await FindAsync(request.Mailbox, cancellationToken) is not { } before) return new RunConnectivityCheckOutcome.NotFound();
        var lines = await RecommendedAsync(request.Protocols, before, cancellationToken);
        if (lines.Count == 0) return new RunConnectivityCheckOutcome.NoEndpoint();

        var asOf = time.GetUtcNow();
        var proof = await ProofAsync(request, before.Mailbox, cancellationToken);
        var results = await Task.WhenAll(lines.Select(line => probe.RunAsync(line, proof(line), before.Mailbox.Address, cancellationToken)));
        var after = await FindAsync(before.Mailbox.Id.ToString(), cancellationToken) ?? before;

        var checks = lines.Zip(results, (line, result) => Record(request, before.Mailbox, line, result, Judge(line.Protocol, result))).ToList();
        db.ConnectivityChecks.AddRange(checks);
        await db.SaveChangesAsync(cancellationToken);
        return new RunConnectivityCheckOutcome.Checked([.. checks.Select(check => new KeptCheck(check, before.Mailbox.Address))]);

        Verdict Judge(MailProtocol protocol, TimedProbeResult result) => Verdicts.Of(
            before.Decide(protocol, asOf).Allowed, after.Decide(protocol, time.GetUtcNow()).Allowed, result.Found);
    }

    private Task<MailboxWithLayers?> FindAsync(string mailbox, CancellationToken cancellationToken) =>
        db.WithLayers(db.Mailboxes.AsNoTracking().Named(mailbox), time.GetUtcNow()).SingleOrDefaultAsync(cancellationToken);

    private async Task<IReadOnlyList<ConnectionLine>> RecommendedAsync(
        IReadOnlyList<MailProtocol> protocols, MailboxWithLayers found, CancellationToken cancellationToken)
    {
        var lines = await db.ConnectionLinesOfAsync(found.Mailbox, found.PodKind, own.Value, cancellationToken);
        return [.. protocols.Distinct().Select(protocol => lines.FirstOrDefault(line => line.Protocol == protocol)).OfType<ConnectionLine>()];
    }

    /// <summary>With what to sign in on each line: the password given, or the pod's service credential, which only the pod's own server is shown.</summary>
    private async Task<Func<ConnectionLine, ProbeCredential?>> ProofAsync(
        RunConnectivityCheckRequest request, Mailbox mailbox, CancellationToken cancellationToken)
    {
        if (request.Password is { } given) return line => new(line.UserNameOf(mailbox.Address), null, given);

        var kept = await (
            from credential in db.ServiceCredentials.AsNoTracking()
            join pod in db.Pods on credential.PodId equals pod.Id
            where pod.Id == mailbox.PodId
            orderby credential.Id
            select new { credential, pod }).FirstOrDefaultAsync(cancellationToken);
        if (kept is null) return _ => null;

        var password = credentials.Open(kept.credential, kept.pod);
        return line => LeadsTo(kept.pod, line) ? new(kept.credential.UserName, line.UserNameOf(mailbox.Address), password) : null;
    }

    private static bool LeadsTo(Pod pod, ConnectionLine line) => pod.Kind == PodKind.Embedded
        ? line.Preset == EndpointPreset.ThisServer
        : string.Equals(line.Host, pod.Host, StringComparison.OrdinalIgnoreCase);

    private ConnectivityCheck Record(
        RunConnectivityCheckRequest request, Mailbox mailbox, ConnectionLine line, TimedProbeResult result, Verdict verdict) => new()
    {
        TenantId = mailbox.TenantId,
        Id = Guid.CreateVersion7(time.GetUtcNow()),
        MailboxId = mailbox.Id,
        Protocol = line.Protocol,
        Endpoint = $"{line.Host}:{line.Port} {CheckWords.Of(line.Security)}",
        Credential = request.Password is null ? CheckWords.ServiceCredential : CheckWords.GivenCredential,
        Verdict = CheckWords.Of(verdict),
        Cause = result.Found.Cause is { } cause ? CheckWords.Of(cause) : null,
        DurationMs = (int)result.Took.TotalMilliseconds,
        Steps = JsonSerializer.SerializeToDocument(result.Found.Steps, ProbeStep.Json),
        RequestedBy = actor.Name,
        At = time.GetUtcNow(),
    };
}

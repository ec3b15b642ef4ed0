using System.Security.Cryptography;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Sessions;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Proxy;

/// <summary>The door of the role <c>proxy</c>: finds the mailbox's pod, and the credential with which to sign in there for the user.</summary>
internal sealed partial class PodRoutes(
    MailDatabase database, ServiceCredentials credentials, PodGate gate, TrustedRoots roots, IOptions<MailProxyOptions> options, SignInRecorder recorder,
    PodDelayRecorder delays, RefusalText texts, ILogger<PodRoutes> logger) : IMailboxDoor
{
    /// <summary>Exchange Online takes no service credential, and its users sign in there themselves.</summary>
    public bool Serves(PodKind kind) => kind is PodKind.Embedded or PodKind.DovecotView or PodKind.Proxy;

    public async Task<AuthenticationResult> OpenAsync(Attempt attempt, LiveSession session, CancellationToken cancellationToken)
    {
        try
        {
            if (await FindAsync(attempt, cancellationToken) is var (route, podId) && route is not null)
                return new AuthenticationResult.SignedInElsewhere(new RelayedMailSession(attempt, session, route, podId, recorder, delays, texts));
        }
        catch
        {
            session.Dispose();
            throw;
        }
        session.Dispose();
        return new AuthenticationResult.Unavailable("The mail server of this mailbox is not set up completely; ask your administrator");
    }

    /// <summary>No route, with the reason in the log, where something is missing.</summary>
    private async Task<(MailRoute? Route, Guid PodId)> FindAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        if (await PodPlace.FindAsync(database, attempt.Mailbox, cancellationToken) is not { } place) return default;
        var pod = place.Pod;
        var isOurs = pod.Kind == PodKind.Embedded;
        if ((isOurs ? options.Value.Host : pod.Host) is not { } host) return Missing(pod, "nothing says where it is");
        if (place.Credential is not { } credential || Open(credential, pod) is not { } password) return Missing(pod, "it has no service credential that can be opened");
        if (await gate.AddressesOfAsync(host, isOurs, cancellationToken) is not { Count: > 0 } addresses) return Missing(pod, "its name leads nowhere that is allowed");
        var security = isOurs || pod.Security == ConnectionSecurity.ImplicitTls ? ListenerSecurity.ImplicitTls : ListenerSecurity.StartTls;
        var port = isOurs ? options.Value.PortOf(attempt.Protocol) : pod.PortOf(attempt.Protocol);
        return (new(host, addresses, port, security, credential.UserName, new(password), attempt.Mailbox.Address, () => roots.ClientOptions(host)), pod.Id);
    }

    private string? Open(ServiceCredential credential, Pod pod)
    {
        try
        {
            return credentials.Open(credential, pod);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private (MailRoute?, Guid) Missing(Pod pod, string what)
    {
        LogMissing(pod.TenantId, pod.Name, what);
        return default;
    }

    [LoggerMessage(LogLevel.Warning, "Tenant {TenantId}: nobody can be passed on to the mail server {Pod}: {What}")]
    private partial void LogMissing(Guid tenantId, string pod, string what);
}

/// <summary>A login that is passed on, until its connection closes. It counts as a sign-in once the pod has let us in.</summary>
internal sealed class RelayedMailSession(
    Attempt attempt, LiveSession session, MailRoute route, Guid podId, SignInRecorder recorder, PodDelayRecorder delays, RefusalText texts) : IRelayedSession
{
    public string Address => attempt.Mailbox.Address;

    public MailRoute Route => route;

    public Task<SessionEnd> Ended { get; } = texts.SayAsync(attempt.Mailbox, session);

    public void Begun(TimeSpan took)
    {
        recorder.Record(attempt, MailSignInResult.Succeeded);
        delays.Record(attempt.Mailbox.TenantId, podId, PodDelayKind.SignIn, took);
    }

    public void Failed(RelayFailure why) { }

    public void Passed(TimeSpan took)
    {
        session.Touch();
        delays.Record(attempt.Mailbox.TenantId, podId, PodDelayKind.Passing, took);
    }

    public ValueTask DisposeAsync()
    {
        session.Dispose();
        return ValueTask.CompletedTask;
    }
}

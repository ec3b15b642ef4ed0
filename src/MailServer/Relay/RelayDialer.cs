using System.Net.Sockets;
using System.Security.Authentication;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Relay;

/// <summary>Signs in at the server that keeps a mailbox, in the words of the protocol that the client speaks.</summary>
internal sealed class RelayDialer(TimeProvider clock)
{
    /// <returns>The connection, or why there is none.</returns>
    public async Task<(RelayedConnection? Relay, RelayFailure Why)> DialAsync(MailConnection connection, IRelayedSession session)
    {
        var started = clock.GetTimestamp();
        using var deadline = new CancellationTokenSource(connection.Limits.RelaySignInTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, connection.Stopping);
        try
        {
            var relay = await DialAsync(connection, session, either.Token);
            session.Begun(clock.GetElapsedTime(started));
            return (relay, default);
        }
        catch (Exception failure) when (Tell(failure, deadline.IsCancellationRequested && !connection.Stopping.IsCancellationRequested) is { } why)
        {
            connection.Log.PodFailed(connection.Protocol, connection.Peer.ConnectionId, session.Route.Host, session.Route.Port, why, LogText.Clean(failure.Message));
            return (null, why);
        }
    }

    private static async Task<RelayedConnection> DialAsync(MailConnection connection, IRelayedSession session, CancellationToken cancellationToken)
    {
        var route = session.Route;
        var pod = await PodConnection.ConnectAsync(route.Addresses, route.Port, cancellationToken);
        try
        {
            if (route.Security == ListenerSecurity.ImplicitTls)
                await pod.StartTlsAsync(route.Trust(), cancellationToken);
            var capabilities = await (connection.Protocol switch
            {
                MailProtocol.Imap => ImapPod.SignInAsync(pod, route, cancellationToken),
                MailProtocol.Pop3 => Pop3Pod.SignInAsync(pod, route, cancellationToken),
                _ => SubmissionPod.SignInAsync(pod, route, connection.Options.HostName, cancellationToken),
            });
            return new RelayedConnection(pod, session, capabilities);
        }
        catch
        {
            await pod.DisposeAsync();
            throw;
        }
    }

    /// <summary>Null for what is a fault of ours, or the client's end.</summary>
    private static RelayFailure? Tell(Exception failure, bool tooLate) => failure switch
    {
        OperationCanceledException when tooLate => RelayFailure.TimedOut,
        PodRefusedException refused => refused.Why,
        PodUnintelligibleException => RelayFailure.NotUnderstood,
        AuthenticationException => RelayFailure.NotTrusted,
        SocketException or IOException => RelayFailure.Unreachable,
        _ => null,
    };
}

/// <summary>The other server does not let us in.</summary>
/// <param name="said">Its words, for our log.</param>
internal sealed class PodRefusedException(RelayFailure why, string said) : Exception(said)
{
    public RelayFailure Why => why;
}

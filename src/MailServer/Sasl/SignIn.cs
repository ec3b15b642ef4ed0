using AdminPortal.MailServer.Relay;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Sasl;

/// <summary>
/// The one way in, for every protocol and mechanism: no credentials without TLS wherever the client comes from, then the backend, then the
/// mailbox's own connection limit. A login that succeeded has its session in the connection.
/// </summary>
internal sealed class SignIn(IMailBackend backend, MailServerMetrics metrics, RelayDialer dialer, IEnumerable<ISaslMechanism> mechanisms)
{
    private readonly IReadOnlyList<ISaslMechanism> _mechanisms = [.. mechanisms];

    /// <summary>What may be offered now, the best first: nothing at all before TLS.</summary>
    public IEnumerable<string> Offered(MailConnection connection) =>
        connection.IsSecure ? _mechanisms.Where(mechanism => mechanism.IsOfferedTo(connection.Peer)).Select(mechanism => mechanism.Name) : [];

    public ISaslMechanism? Find(string name) => _mechanisms.FirstOrDefault(mechanism => mechanism.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public async Task<AuthenticationResult> TryAsync(MailConnection connection, MailCredentials credentials, TimeSpan idleTimeout)
    {
        var result = connection.IsSecure ? await AskAsync(connection, credentials) : new AuthenticationResult.TlsRequired();
        if (result is AuthenticationResult.Succeeded { Session: var session })
            result = await EnterAsync(connection, session, idleTimeout);
        if (result is AuthenticationResult.SignedInElsewhere { Session: var elsewhere })
            result = await EnterAsync(connection, elsewhere, idleTimeout);
        // Who is told that a protocol is switched off has proved who they are.
        if (!result.IsProved && ++connection.FailedSignIns == connection.Limits.SignInAttempts)
            connection.LimitReached(nameof(connection.Limits.SignInAttempts));
        Record(connection, credentials, result);
        return result;
    }

    private async Task<AuthenticationResult> AskAsync(MailConnection connection, MailCredentials credentials)
    {
        try
        {
            return await backend.AuthenticateAsync(connection.Protocol, credentials, connection.Peer, connection.Stopping);
        }
        catch (MailStoreUnavailableException failure)
        {
            connection.Log.StoreUnavailable(connection.Protocol, connection.Peer.ConnectionId, failure);
            return new AuthenticationResult.Unavailable();
        }
    }

    private static async Task<AuthenticationResult> EnterAsync(MailConnection connection, IMailSession session, TimeSpan idleTimeout)
    {
        if (connection.Place.TryEnterMailbox(connection.Protocol, session.Address))
        {
            connection.Begin(session, idleTimeout);
            return new AuthenticationResult.Succeeded(session);
        }

        await session.DisposeAsync();
        return new AuthenticationResult.Throttled();
    }

    /// <summary>The user hears of success when the other server has let us in, and not before.</summary>
    private async Task<AuthenticationResult> EnterAsync(MailConnection connection, IRelayedSession session, TimeSpan idleTimeout)
    {
        if (!connection.Place.TryEnterMailbox(connection.Protocol, session.Address))
        {
            await session.DisposeAsync();
            return new AuthenticationResult.Throttled();
        }

        var (relay, why) = await dialer.DialAsync(connection, session);
        if (relay is not null)
        {
            connection.Begin(session, idleTimeout, relay);
            return new AuthenticationResult.SignedInElsewhere(session) { Capabilities = relay.Capabilities };
        }

        session.Failed(why);
        await session.DisposeAsync();
        connection.Place.LeaveMailbox();
        return why == RelayFailure.InUse ? new AuthenticationResult.InUse() : new AuthenticationResult.Unavailable(InWords(why));
    }

    private static string InWords(RelayFailure why) => why switch
    {
        RelayFailure.TimedOut => "The mail server of this mailbox did not answer in time, try again later",
        RelayFailure.NotTrusted => "The mail server of this mailbox does not show a certificate that is trusted",
        RelayFailure.Refused => "The mail server of this mailbox does not let us in",
        RelayFailure.NotUnderstood => "The mail server of this mailbox does not speak this protocol",
        _ => "The mail server of this mailbox cannot be reached, try again later",
    };

    private void Record(MailConnection connection, MailCredentials credentials, AuthenticationResult result)
    {
        metrics.SignedIn(connection.Protocol, result);
        connection.Log.SignedIn(
            connection.Protocol, LogText.Clean(credentials.AuthenticationIdentity), connection.Peer.RemoteAddress.ToString(),
            credentials.Mechanism, result.GetType().Name, connection.Peer.ConnectionId);
    }
}

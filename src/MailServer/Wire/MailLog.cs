using Microsoft.Extensions.Logging;

namespace AdminPortal.MailServer.Wire;

/// <summary>Every line the mail server logs. Client words go through <see cref="LogText"/>; secrets have no way in.</summary>
internal static partial class MailLog
{
    [LoggerMessage(1, LogLevel.Debug, "{Protocol} connection {ConnectionId} from {RemoteAddress} on port {Port}")]
    public static partial void Opened(this ILogger log, MailProtocol protocol, string connectionId, string remoteAddress, int port);

    [LoggerMessage(2, LogLevel.Information, "{Protocol} connection refused from {RemoteAddress}: too many connections")]
    public static partial void TooMany(this ILogger log, MailProtocol protocol, string remoteAddress);

    [LoggerMessage(3, LogLevel.Debug, "{Protocol} connection {ConnectionId} from {RemoteAddress}: no TLS: {Failure}")]
    public static partial void NoTls(this ILogger log, MailProtocol protocol, string connectionId, string remoteAddress, string failure);

    [LoggerMessage(4, LogLevel.Information,
        "{Protocol} sign-in of {Identity} from {RemoteAddress} by {Mechanism}: {Result} (connection {ConnectionId})")]
    public static partial void SignedIn(this ILogger log,
        MailProtocol protocol, string identity, string remoteAddress, string mechanism, string result, string connectionId);

    [LoggerMessage(5, LogLevel.Debug, "{Protocol} connection {ConnectionId} ended by the server: {Reason}")]
    public static partial void Ended(this ILogger log, MailProtocol protocol, string connectionId, string reason);

    [LoggerMessage(6, LogLevel.Error, "{Protocol} connection {ConnectionId} failed")]
    public static partial void Failed(this ILogger log, MailProtocol protocol, string connectionId, Exception failure);

    [LoggerMessage(7, LogLevel.Warning, "{Protocol} connection {ConnectionId}: the store is unavailable")]
    public static partial void StoreUnavailable(this ILogger log, MailProtocol protocol, string connectionId, Exception failure);

    [LoggerMessage(20, LogLevel.Warning, "{Protocol} connection {ConnectionId}: the mail server {Host}:{Port} cannot be used ({Why}): {Failure}")]
    public static partial void PodFailed(
        this ILogger log, MailProtocol protocol, string connectionId, string host, int port, RelayFailure why, string failure);

    [LoggerMessage(21, LogLevel.Information, "{Protocol} connection {ConnectionId}: the mail server broke off: {Failure}")]
    public static partial void PodGone(this ILogger log, MailProtocol protocol, string connectionId, string failure);
}

using System.Buffers;
using System.Net;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Serves one connection from accept to close, the same for every protocol: the door, implicit TLS, the protocol's loop, and the one place
/// where exceptions are caught and the last word is said.
/// </summary>
internal sealed class MailConnectionHost(
    IServiceProvider services, IOptions<MailServerOptions> options, ConnectionGate gate, MailServerMetrics metrics,
    TimeProvider clock, ILogger<MailConnectionHost> log)
{
    public async Task ServeAsync(ConnectionContext transport, MailListener listener)
    {
        var handler = services.GetRequiredKeyedService<IProtocolHandler>(listener.Protocol);
        if (gate.TryEnter(RemoteAddress(transport)) is not { } place)
        {
            await RefuseAsync(transport, listener, handler);
            return;
        }

        metrics.ConnectionOpened(listener.Protocol);
        var connection = new MailConnection(transport, listener, options.Value, place, metrics, clock, log);
        log.Opened(listener.Protocol, connection.Peer.ConnectionId, connection.Peer.RemoteAddress.ToString(), connection.Peer.LocalPort);
        try
        {
            await ServeAsync(connection, handler);
        }
        finally
        {
            await CloseAsync(connection);
            metrics.ConnectionClosed(listener.Protocol);
        }
    }

    private async Task CloseAsync(MailConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception failure)
        {
            log.Failed(connection.Protocol, connection.Peer.ConnectionId, failure);
        }
    }

    private async Task ServeAsync(MailConnection connection, IProtocolHandler handler)
    {
        try
        {
            if (connection.Listener.Security == ListenerSecurity.ImplicitTls && !connection.IsSecure)
                await connection.StartTlsAsync(handler.Alpn);
            await handler.ServeAsync(connection);
            await connection.Output.FlushAsync(connection.Stopping);
            if (connection.Relay is { } relay)
                await relay.RunAsync(connection);
        }
        catch (OperationCanceledException) when (connection.Reason is not null)
        {
            if (connection.Reason is Farewell.TimedOut)
                connection.LimitReached(connection.Deadline);
            await SayGoodbyeAsync(connection, handler, connection.Reason);
        }
        catch (AuthenticationException failure)
        {
            var peer = connection.Peer;
            log.NoTls(connection.Protocol, peer.ConnectionId, peer.RemoteAddress.ToString(), LogText.Clean(failure.Message));
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // The client is gone, or does not read, or gave up its handshake: nobody is left to talk to.
            connection.Abort();
        }
        catch (PodGoneException failure)
        {
            log.PodGone(connection.Protocol, connection.Peer.ConnectionId, LogText.Clean(failure.InnerException!.Message));
            await SayGoodbyeAsync(connection, handler, new Farewell.PodGone());
        }
        catch (MailStoreUnavailableException failure)
        {
            // In the middle of a message, where no reply can be given.
            log.StoreUnavailable(connection.Protocol, connection.Peer.ConnectionId, failure);
        }
        catch (Exception failure)
        {
            log.Failed(connection.Protocol, connection.Peer.ConnectionId, failure);
            await SayGoodbyeAsync(connection, handler, new Farewell.Fault());
        }
    }

    private async Task SayGoodbyeAsync(MailConnection connection, IProtocolHandler handler, Farewell farewell)
    {
        log.Ended(connection.Protocol, connection.Peer.ConnectionId, farewell.GetType().Name);
        // Inside a message's octets a goodbye would become part of the message; on an implicit TLS port before the handshake, noise.
        if (connection.Output.InsideBlock || (connection.Listener.Security == ListenerSecurity.ImplicitTls && !connection.IsSecure))
            return;
        using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(1), clock);
        try
        {
            connection.Output.WriteLine(handler.Farewell(farewell));
            await connection.Output.FlushAsync(moment.Token);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            connection.Abort();
        }
    }

    private async Task RefuseAsync(ConnectionContext transport, MailListener listener, IProtocolHandler handler)
    {
        metrics.ConnectionRefused(listener.Protocol);
        log.TooMany(listener.Protocol, RemoteAddress(transport).ToString());
        if (listener.Security == ListenerSecurity.ImplicitTls)
            return;
        // A line fits into the transport's buffer, so there is nothing to wait for.
        var output = transport.Transport.Output;
        output.Write(Encoding.UTF8.GetBytes(handler.Farewell(new Farewell.TooManyConnections()) + "\r\n"));
        await output.FlushAsync();
    }

    private static IPAddress RemoteAddress(ConnectionContext transport) =>
        (transport.RemoteEndPoint as IPEndPoint)?.Address is { } address
            ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address
            : IPAddress.None;
}

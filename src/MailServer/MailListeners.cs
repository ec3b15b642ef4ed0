using System.Net;
using AdminPortal.MailServer.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AdminPortal.MailServer;

/// <summary>Whether TLS is there from the first byte or asked for by STARTTLS (POP3: STLS).</summary>
public enum ListenerSecurity
{
    StartTls,
    ImplicitTls,
}

/// <param name="Name">The service's registered name: imap, imaps, pop3, pop3s, submission or submissions.</param>
/// <param name="Port">The bound port once the server runs.</param>
public sealed record MailListener(string Name, MailProtocol Protocol, ListenerSecurity Security, int Port);

/// <summary>The listeners of this process, with the ports that were really bound.</summary>
public sealed class MailListeners
{
    private readonly List<(MailListener Listener, ListenOptions Bound)> _bound = [];

    public IReadOnlyList<MailListener> All =>
        [.. _bound.Select(b => b.Listener with { Port = b.Bound.IPEndPoint?.Port ?? b.Listener.Port }).DistinctBy(l => l.Name)];

    public int Port(string name) => All.Single(l => l.Name == name).Port;

    internal void Add(MailListener listener, ListenOptions bound) => _bound.Add((listener, bound));
}

public static class MailListenersExtensions
{
    /// <summary>
    /// Opens the mail ports on the Kestrel that serves HTTP. Kestrel ignores ASPNETCORE_URLS once a listener is added in code: the host
    /// adds its HTTP listeners here too.
    /// </summary>
    public static void AddMailListeners(this KestrelServerOptions kestrel)
    {
        var options = kestrel.ApplicationServices.GetRequiredService<IOptions<MailServerOptions>>().Value;
        var listeners = kestrel.ApplicationServices.GetRequiredService<MailListeners>();
        foreach (var listener in options.Listeners())
        {
            if (options.BindAddresses.Count == 0)
                kestrel.ListenAnyIP(listener.Port, bound => Serve(bound, listener, listeners));
            foreach (var address in options.BindAddresses)
                kestrel.Listen(IPAddress.Parse(address), listener.Port, bound => Serve(bound, listener, listeners));
        }
    }

    private static void Serve(ListenOptions bound, MailListener listener, MailListeners listeners)
    {
        listeners.Add(listener, bound);
        // Kestrel would otherwise wrap the connection for HTTP protocols it does not carry here.
        bound.Protocols = HttpProtocols.None;
        var host = bound.ApplicationServices.GetRequiredService<MailConnectionHost>();
        bound.Run(transport => host.ServeAsync(transport, listener));
    }
}

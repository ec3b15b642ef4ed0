using System.Net.Security;

namespace AdminPortal.MailServer.Wire;

/// <summary>What the connection host needs from a protocol: its loop, and its words for endings that no command asked for.</summary>
internal interface IProtocolHandler
{
    /// <summary>The ALPN name of RFC 7301's registry, where there is one.</summary>
    SslApplicationProtocol? Alpn { get; }

    /// <summary>Greets and serves until the client quits; returns or throws, never closes the transport itself.</summary>
    Task ServeAsync(MailConnection connection);

    /// <summary>The last line, without its end.</summary>
    string Farewell(Farewell farewell);
}

/// <summary>Why the server ends a connection on its own account.</summary>
internal abstract record Farewell
{
    private Farewell() { }

    public sealed record TooManyConnections : Farewell;

    public sealed record TimedOut : Farewell;

    public sealed record ShuttingDown : Farewell;

    public sealed record SessionEnded(SessionEnd End) : Farewell;

    /// <summary>The server that keeps the mailbox broke off.</summary>
    public sealed record PodGone : Farewell;

    /// <summary>Our own fault: the log has it whole, the client hears one bland line.</summary>
    public sealed record Fault : Farewell;
}

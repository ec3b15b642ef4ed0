using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// The socket's life. It owns the transport, TLS when there is some, the clock that ends slow clients, and the session after login.
/// <para>
/// Everything that may end a connection from outside (the deadline, the backend's word, the server's shutdown) fires one token,
/// <see cref="Stopping"/>, and leaves its reason in <see cref="Reason"/>. Reading waits on that token, so it ends within a moment
/// wherever the protocol loop stands, and the host says goodbye in one place.
/// </para>
/// <para>Answers are sent when the loop is about to wait: what a client pipelines is answered in one write.</para>
/// </summary>
internal sealed class MailConnection : IAsyncDisposable
{
    // A tag, the command, a mechanism, and the blanks between them.
    private const int CommandWords = 64;

    private readonly ConnectionContext _transport;
    private readonly MailServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _deadline;
    private readonly CancellationTokenRegistration _shutdown;
    private TlsLayer? _tls;
    private Farewell? _reason;
    private TimeSpan? _idleTimeout;
    private ISignedIn? _signedIn;

    public MailConnection(
        ConnectionContext transport, MailListener listener, MailServerOptions options, ConnectionGate.Place place,
        MailServerMetrics metrics, TimeProvider clock, ILogger log)
    {
        (_transport, Listener, Options, Place, _metrics, _clock, Log) = (transport, listener, options, place, metrics, clock, log);
        _deadline = clock.CreateTimer(_ => Stop(new Farewell.TimedOut()), null, Limits.SignInTimeout, Timeout.InfiniteTimeSpan);
        if (transport.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime)
            _shutdown = lifetime.ConnectionClosedRequested.Register(() => Stop(new Farewell.ShuttingDown()));
        Input = new WireReader(transport.Transport.Input);
        Output = Writer(transport.Transport.Output);
        Peer = new MailPeer(transport.ConnectionId, RemoteAddress(transport), LocalPort(transport, listener), TlsBelow(transport));
    }

    public MailListener Listener { get; }

    public MailProtocol Protocol => Listener.Protocol;

    public MailServerOptions Options { get; }

    public MailServerLimits Limits => Options.Limits;

    public ConnectionGate.Place Place { get; }

    public ILogger Log { get; }

    public WireReader Input { get; private set; }

    public WireWriter Output { get; private set; }

    public MailPeer Peer { get; private set; }

    public bool IsSecure => Peer.Tls is not null;

    public bool CanStartTls => !IsSecure && Options.Certificate?.Invoke() is not null;

    /// <summary>Null before login, and where the mailbox is kept elsewhere.</summary>
    public IMailSession? Session => _signedIn as IMailSession;

    /// <summary>Takes the connection over once the protocol's loop is done; null where the mailbox is kept here.</summary>
    public RelayedConnection? Relay { get; private set; }

    public TimeProvider Clock => _clock;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public long Timestamp() => _clock.GetTimestamp();

    public TimeSpan Since(long timestamp) => _clock.GetElapsedTime(timestamp);

    /// <summary>Fires when the connection has to end; <see cref="Reason"/> says why.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public Farewell? Reason => Volatile.Read(ref _reason);

    public int FailedSignIns { get; set; }

    public int BadCommands { get; private set; }

    /// <summary>The limit whose end is being waited for at the moment.</summary>
    public string Deadline => (_signedIn, Protocol) switch
    {
        (null, _) => nameof(Limits.SignInTimeout),
        (_, MailProtocol.Imap) => nameof(Limits.ImapIdleTimeout),
        (_, MailProtocol.Pop3) => nameof(Limits.Pop3IdleTimeout),
        _ => nameof(Limits.SmtpIdleTimeout),
    };

    /// <param name="limit">A property of <see cref="MailServerLimits"/>, for the metrics.</param>
    public void LimitReached(string limit) => _metrics.LimitReached(limit);

    /// <summary>Counts a command that made no sense; true when there were too many of them.</summary>
    public bool CountBadCommand()
    {
        var (most, limit) = Session is null
            ? (Limits.BadCommandsBeforeSignIn, nameof(Limits.BadCommandsBeforeSignIn))
            : (Limits.BadCommands, nameof(Limits.BadCommands));
        if (++BadCommands == most)
            LimitReached(limit);
        return BadCommands >= most;
    }

    /// <summary>The next line; first sends what is waiting to be sent, unless the line is already here.</summary>
    public async ValueTask<WireLine> ReadLineAsync(int limit)
    {
        await Output.FlushIfLongAsync(Stopping);
        if (Input.TryReadLine(limit, out var line))
            return line;
        await Output.FlushAsync(Stopping);
        line = await Input.ReadLineAsync(limit, Stopping);
        if (line.End == LineEnd.TooLong)
            LimitReached(SizeOfLine(limit));
        return line;
    }

    /// <summary>
    /// The next command line. Before the login one that begins a SASL exchange may hold a whole response beside the command's words (RFC 4954, 4;
    /// RFC 4959; RFC 5034, 4): a token is longer than any other command.
    /// </summary>
    public async ValueTask<WireLine> ReadCommandAsync(int limit)
    {
        await Output.FlushIfLongAsync(Stopping);
        if (!Input.TryReadLine(limit, out var line))
        {
            await Output.FlushAsync(Stopping);
            line = await Input.ReadLineAsync(limit, Stopping);
        }
        if (line.End == LineEnd.TooLong && Session is null && IsSecure && BeginsSasl(line.Bytes.Span))
            return await ReadLineAsync(Math.Max(limit, Limits.SaslLineSize + CommandWords));
        if (line.End == LineEnd.TooLong)
            LimitReached(SizeOfLine(limit));
        if (line.End == LineEnd.CrLf)
            TakeDown(line);
        return line;
    }

    private void TakeDown(WireLine line)
    {
        if (Session?.Transcript is not { } transcript)
        {
            Output.Scribe = null;
            return;
        }

        if (Output.Scribe?.Transcript != transcript)
            Output.Scribe = new Scribe(Protocol, transcript);
        Output.Scribe.Heard(line.Bytes.Span, Input.Taken);
    }

    private static bool BeginsSasl(ReadOnlySpan<byte> beginning)
    {
        var space = beginning.IndexOf((byte)' ');
        if (space < 0)
            return false;
        if (Ascii.EqualsIgnoreCase(beginning[..space], "AUTH"u8))
            return true;
        var rest = beginning[(space + 1)..];
        var second = rest.IndexOf((byte)' ');
        return second > 0 && Ascii.EqualsIgnoreCase(rest[..second], "AUTHENTICATE"u8);
    }

    private string SizeOfLine(int limit) => Protocol switch
    {
        _ when limit == Limits.SaslLineSize => nameof(Limits.SaslLineSize),
        MailProtocol.Imap => nameof(Limits.ImapCommandSize),
        MailProtocol.Pop3 => nameof(Limits.Pop3CommandSize),
        _ => nameof(Limits.SmtpCommandSize),
    };

    /// <summary>Starts the idle clock again; before login the absolute deadline stays.</summary>
    public void Touch()
    {
        if (_idleTimeout is { } timeout)
            _deadline.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes over the session: from now on the idle timeout counts, and the backend may end the connection.</summary>
    public void Begin(ISignedIn session, TimeSpan idleTimeout, RelayedConnection? relay = null)
    {
        (_signedIn, Relay) = (session, relay);
        _idleTimeout = idleTimeout;
        BadCommands = 0;
        Touch();
        _ = WatchAsync(session);
    }

    /// <summary>
    /// Puts TLS on top. The caller has made sure that nothing is buffered and has said so to the client; all that was learnt before is the
    /// caller's to forget (RFC 3207, 4.2).
    /// </summary>
    public async Task StartTlsAsync(SslApplicationProtocol? alpn)
    {
        await Output.FlushAsync(Stopping);
        var certificate = Options.Certificate?.Invoke() ?? throw new ClientGoneException();
        using var deadline = new CancellationTokenSource(Limits.HandshakeTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, Stopping);
        try
        {
            _tls = await TlsLayer.AcceptAsync(_transport.Transport, name => Options.CertificateFor?.Invoke(name) ?? certificate, alpn, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            LimitReached(nameof(Limits.HandshakeTimeout));
            throw;
        }
        Input = new WireReader(_tls.Input);
        Output = Writer(_tls.Output);
        Peer = Peer with { Tls = _tls.Facts() };
    }

    /// <summary>
    /// Sends what is waiting and throws away what still comes, for a moment: closing a socket with unread octets makes the system send a
    /// reset, which may overtake our last answer.
    /// </summary>
    public async Task LingerAsync()
    {
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(moment.Token, Stopping);
        try
        {
            await Output.FlushAsync(either.Token);
            while (await Input.ReadSomeAsync(buffer => buffer.Length, either.Token)) { }
        }
        catch (OperationCanceledException) when (moment.IsCancellationRequested)
        {
            // That was the moment.
        }
    }

    /// <summary>Cuts the connection without waiting for a client that does not read.</summary>
    public void Abort()
    {
        _tls?.Cut();
        _transport.Abort(new ConnectionAbortedException("The client hung up or does not read."));
    }

    /// <summary>First the session, because a lock may hang on it; the place at the door comes free whatever fails before.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _shutdown.DisposeAsync();
            await _deadline.DisposeAsync();
            if (Relay is not null)
                await Relay.DisposeAsync();
            if (_signedIn is not null)
                await _signedIn.DisposeAsync();
        }
        finally
        {
            await HangUpAsync();
            Place.Dispose();
        }
    }

    private async Task HangUpAsync()
    {
        if (_tls is not null)
            await _tls.DisposeAsync();
        await _transport.Transport.Output.CompleteAsync();
        await _transport.Transport.Input.CompleteAsync();
    }

    private void Stop(Farewell reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
            // Not on the caller's stack: it may be the backend's thread that hears of changes.
            _ = _stopping.CancelAsync();
    }

    private async Task WatchAsync(ISignedIn session) => Stop(new Farewell.SessionEnded(await session.Ended));

    private WireWriter Writer(PipeWriter pipe) => new(pipe, Limits.WriteTimeout, _clock, Touch, () => LimitReached(nameof(Limits.WriteTimeout)));

    /// <summary>TLS that was made below us (Kestrel's UseHttps, or a test over pipes) counts as well.</summary>
    private static MailTls? TlsBelow(ConnectionContext transport) =>
        transport.Features.Get<ITlsHandshakeFeature>() is { } tls
            ? new MailTls(tls.Protocol, tls.NegotiatedCipherSuite?.ToString() ?? "", null)
            : null;

    private static IPAddress RemoteAddress(ConnectionContext transport)
    {
        var address = (transport.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static int LocalPort(ConnectionContext transport, MailListener listener) =>
        (transport.LocalEndPoint as IPEndPoint)?.Port ?? listener.Port;
}

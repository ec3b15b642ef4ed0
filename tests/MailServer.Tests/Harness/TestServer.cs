using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using AdminPortal.MailServer;
using AdminPortal.MailServer.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.MailServerTests.Harness;

/// <summary>
/// The whole mail server over in-memory pipes, with a clock that stands still until it is told otherwise. Its backend is the memory's here;
/// AdminPortal.Tests compiles the same tests with the portal's on PostgreSQL, so that what one passes, the other passes.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Alice = "alice@contoso.example";
    public const string Bob = "bob@contoso.example";
    public const string Password = "correct horse";

    private readonly ServiceProvider _services;
    private readonly List<TestClient> _clients = [];

    public TestServer(Action<MailServerOptions>? configure = null)
    {
        Backend = new TestBackend(Clock);
        Backend.AddMailbox(Alice, Password, "a.lice@contoso.example");
        Backend.AddMailbox(Bob, Password);
        Backend.AddServiceCredential("checker", "service secret");
        _services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log))
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IMailBackend>(_ => Backend) // made here, the provider disposes it
            .AddMailServer(options =>
            {
                options.HostName = "mail.contoso.example";
                options.Certificate = () => TestCertificates.Server;
                configure?.Invoke(options);
            })
            .BuildServiceProvider();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public TestBackend Backend { get; }

    public CapturedLog Log { get; } = new();

    public IServiceProvider Services => _services;

    /// <param name="secure">
    /// True: as if TLS had been made below, so that plain text can be watched. False: a STARTTLS port before TLS.
    /// </param>
    public TestClient Connect(MailProtocol protocol, bool secure = true, bool oneOctetAtATime = false, string from = "192.0.2.1")
    {
        var toServer = new Pipe(oneOctetAtATime ? new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1) : PipeOptions.Default);
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
        var transport = new DefaultConnectionContext(Guid.CreateVersion7().ToString("n"))
        {
            Transport = new TwoPipes(toServer.Reader, toClient.Writer),
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse(from), 40_000),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        };
        if (secure)
            transport.Features.Set<ITlsHandshakeFeature>(new TlsBelow());
        var listener = new MailListener("test", protocol, secure ? ListenerSecurity.ImplicitTls : ListenerSecurity.StartTls, 1);
        var serving = _services.GetRequiredService<MailConnectionHost>().ServeAsync(transport, listener);
        var client = new TestClient(toClient.Reader, toServer.Writer, serving);
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.LeaveAsync();
        await _services.DisposeAsync();
    }

    private sealed record TwoPipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class TlsBelow : ITlsHandshakeFeature
    {
        public SslProtocols Protocol => SslProtocols.Tls13;

        public TlsCipherSuite? NegotiatedCipherSuite => TlsCipherSuite.TLS_AES_256_GCM_SHA384;

#pragma warning disable SYSLIB0058 // The interface still has them.
        public CipherAlgorithmType CipherAlgorithm => default;

        public int CipherStrength => 0;

        public HashAlgorithmType HashAlgorithm => default;

        public int HashStrength => 0;

        public ExchangeAlgorithmType KeyExchangeAlgorithm => default;

        public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058
    }
}

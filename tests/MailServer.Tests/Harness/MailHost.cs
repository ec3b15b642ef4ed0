using System.Diagnostics.Metrics;
using System.Net;
using AdminPortal.MailServer;
using AdminPortal.MailServer.Memory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AdminPortal.MailServerTests.Harness;

/// <summary>The mail server as it is deployed: in a Kestrel that serves HTTP too, real sockets, real TLS, ports that were free.</summary>
public sealed class MailHost : IAsyncLifetime
{
    private readonly CapturedLog _log = new();
    private readonly TaskCompletionSource _firstClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener _meters = new();
    private WebApplication? _application;
    private long _commands;
    private long _open;

    internal Action<MailServerOptions>? Configure { get; init; }

    internal MemoryMailBackend Backend { get; } = new(TimeProvider.System);

    /// <summary>Completes when the server has closed a connection, for the first time.</summary>
    internal Task FirstClosed => _firstClosed.Task;

    internal IEnumerable<string> Errors => _log.Errors;

    /// <summary>How many command lines the server has taken, known or not.</summary>
    internal long Commands => Volatile.Read(ref _commands);

    /// <summary>How many connections it holds now.</summary>
    internal long Open => Volatile.Read(ref _open);

    internal string AuthorityFile { get; } = TestCertificates.AuthorityFile();

    internal int Port(string listener) => _application!.Services.GetRequiredService<MailListeners>().Port(listener);

    internal string HttpAddress => _application!.Urls.First(url => url.StartsWith("http://127.0.0.1", StringComparison.Ordinal));

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddMailListeners();
        });
        builder.Services.AddSingleton<IMailBackend>(Backend);
        builder.Services.AddMailServer(options =>
        {
            options.ImapPort = options.Pop3Port = options.SubmissionPort = 0;
            options.ImapsPort = options.Pop3sPort = options.SubmissionsPort = 0;
            options.BindAddresses.Add("127.0.0.1");
            options.Certificate = () => TestCertificates.Server;
            options.Limits.ConnectionsPerAddress = 200;
            Configure?.Invoke(options);
        });
        _application = builder.Build();
        _application.MapGet("/", () => "the portal");
        WatchConnections(_application.Services.GetRequiredService<IMeterFactory>());
        await _application.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A mailbox of a test's own, so that tests can run side by side.</summary>
    internal string NewMailbox()
    {
        var address = $"m{Guid.CreateVersion7():n}@contoso.example";
        Backend.AddMailbox(address, TestServer.Password);
        return address;
    }

    private void WatchConnections(IMeterFactory meters)
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "mailserver.connections" or "mailserver.command.duration" && instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _commands));
        _meters.SetMeasurementEventCallback<long>((_, change, _, _) =>
        {
            Interlocked.Add(ref _open, change);
            if (change < 0)
                _firstClosed.TrySetResult();
        });
        _meters.Start();
    }

    public async ValueTask DisposeAsync()
    {
        _meters.Dispose();
        File.Delete(AuthorityFile);
        if (_application is not null)
        {
            await _application.StopAsync(CancellationToken.None);
            await _application.DisposeAsync();
        }
    }
}

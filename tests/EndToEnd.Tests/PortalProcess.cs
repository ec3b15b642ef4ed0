using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using AdminPortal.Tests.Infrastructure;
using MailKit;

namespace AdminPortal.EndToEnd;

/// <summary>The portal as it is shipped: its own process with the demonstration seeded, on ports of its own, against a database of its own.</summary>
internal sealed class PortalProcess : IAsyncDisposable
{
    private static readonly TimeSpan PatienceAtStart = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly List<string> output = [];

    private PortalProcess(Process process, string dataFolder, Ports ports) => (this.process, DataFolder, Ports) = (process, dataFolder, ports);

    public string DataFolder { get; }

    public Ports Ports { get; }

    public Uri Address => new($"http://localhost:{Ports.Http}");

    public DemoFile Demo { get; private set; } = null!;

    /// <summary>The development authority that the process made for itself: what clients must trust.</summary>
    public X509Certificate2 Authority => X509CertificateLoader.LoadCertificateFromFile(AuthorityPath);

    public string AuthorityPath => Path.Combine(DataFolder, "ca.pem");

    /// <summary>What it has printed so far.</summary>
    public string Output
    {
        get { lock (output) return string.Join('\n', output); }
    }

    public static async Task<PortalProcess> StartAsync(DatabaseCopy database, string dataFolder, CancellationToken cancellationToken, Ports? ports = null, Dictionary<string, string>? settings = null)
    {
        ports ??= Ports.Free();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ConnectionStrings__Portal"] = database.ServingConnectionString,
                ["Portal__DataFolder"] = dataFolder,
                ["Portal__Demo"] = "true",
                ["Portal__HttpPort"] = ports.Http.ToString(),
                ["Portal__HttpsPort"] = ports.Https.ToString(),
                ["MailServer__ImapPort"] = ports.Imap.ToString(),
                ["MailServer__ImapsPort"] = ports.Imaps.ToString(),
                ["MailServer__Pop3Port"] = ports.Pop3.ToString(),
                ["MailServer__Pop3sPort"] = ports.Pop3s.ToString(),
                ["MailServer__SubmissionPort"] = ports.Submission.ToString(),
                ["MailServer__SubmissionsPort"] = ports.Submissions.ToString(),
            },
        };
        foreach (var (name, value) in settings ?? []) start.Environment[name] = value;
        var portal = new PortalProcess(new Process { StartInfo = start, EnableRaisingEvents = true }, dataFolder, ports);
        await portal.UntilReadyAsync(cancellationToken);
        portal.Demo = DemoFile.Read(Path.Combine(dataFolder, "demo.json"));
        return portal;
    }

    /// <summary>A client of the REST API as one role of one tenant.</summary>
    public HttpClient Api(string? tenant, string role)
    {
        var token = Demo.Tokens.Single(t => t.Tenant == tenant && t.Role == role).Token;
        return new() { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
    }

    /// <summary>A mail client that trusts the development authority, and the name in its certificate, as a user's would.</summary>
    public T Trusted<T>(T client) where T : MailService
    {
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.CustomTrustStore.Add(Authority);
            return chain.Build((X509Certificate2)certificate!);
        };
        return client;
    }

    /// <summary>SIGKILL: no goodbye, no clean-up.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.Exited += (_, _) => ready.TrySetResult(false);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (await Task.WhenAny(ready.Task, Task.Delay(PatienceAtStart, cancellationToken)) == ready.Task && await ready.Task) return;
        await DisposeAsync();
        throw new InvalidOperationException($"The portal ended, or took longer than {PatienceAtStart}, before it was ready:\n{Output}");

        void Note(string? line)
        {
            if (line is null) return;
            lock (output) output.Add(line);
            if (line.StartsWith("Ready: ", StringComparison.Ordinal)) ready.TrySetResult(true);
        }
    }
}

/// <summary>Ports that nobody listened on a moment ago.</summary>
internal sealed record Ports(int Http, int Https, int Imap, int Imaps, int Pop3, int Pop3s, int Submission, int Submissions)
{
    public static Ports Free()
    {
        var listeners = Enumerable.Range(0, 8).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var free = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToList();
        listeners.ForEach(l => l.Stop());
        return new(free[0], free[1], free[2], free[3], free[4], free[5], free[6], free[7]);
    }
}

/// <summary>demo.json as scripts read it.</summary>
internal sealed record DemoFile(string Portal, List<DemoUser> Users, List<DemoToken> Tokens, List<DemoMailbox> Mailboxes)
{
    public static DemoFile Read(string path) => JsonSerializer.Deserialize<DemoFile>(File.ReadAllBytes(path), JsonSerializerOptions.Web)!;

    public DemoUser User(string? tenant, string role) => Users.Single(u => u.Tenant == tenant && u.Role == role);
}

internal sealed record DemoUser(string? Tenant, string Role, string UserName, string Password);

internal sealed record DemoToken(string? Tenant, string Role, string[] Scopes, string Token);

internal sealed record DemoMailbox(string Tenant, string Address, string Password, string AppPassword);

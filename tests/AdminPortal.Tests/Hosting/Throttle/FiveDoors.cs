using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.Connectivity;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Hosting.Throttle;

/// <summary>What a door said to somebody at an address of the loopback network, each of which is another caller.</summary>
/// <param name="Kind">In one word.</param>
/// <param name="Text">In the door's own words.</param>
/// <param name="At">When the answer was there.</param>
/// <param name="RetryAfter">Where the door says it.</param>
public sealed record DoorAnswer(Kind Kind, string Text, DateTimeOffset At, TimeSpan? RetryAfter = null);

public enum Kind
{
    In,
    Wrong,
    HeldOff,
    SwitchedOff,
}

/// <summary>A portal with all five doors open on real sockets.</summary>
public sealed partial class FiveDoors(TestCluster cluster) : IAsyncLifetime
{
    public static readonly Door[] All = [Door.Portal, Door.Api, Door.Imap, Door.Pop3, Door.Smtp];
    public static readonly Door[] OfPasswords = [Door.Portal, Door.Imap, Door.Pop3, Door.Smtp];

    private static int addresses = 1;
    private bool isOpen;

    public PortalFactory Portal { get; } = new(cluster);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        Portal.Set("Portal:Roles", "web,mail");
        Portal.Replace<IOptions<MailServerAddresses>>(new BoundAddresses(() => Portal.Services.GetRequiredService<MailListeners>()));
    }

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    /// <summary>After the settings of the class.</summary>
    public void Open()
    {
        if (!isOpen) Portal.Listen();
        isOpen = true;
    }

    /// <summary>An address that no other test uses, in a wide network (/21) of its own.</summary>
    public static IPAddress NewAddress()
    {
        var number = Interlocked.Increment(ref addresses);
        return IPAddress.Parse($"127.{number / 32 + 1}.{number % 32 * 8}.1");
    }

    /// <summary>A mailbox owner, who has one password for the portal and for mail.</summary>
    public async Task<(string Name, string Password)> NewOwnerAsync()
    {
        var tenant = await Portal.NewTenantAsync();
        var person = await Portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        await SetMailPasswordAsync(tenant, person);
        return (person.UserName, person.Password);
    }

    public async Task<DoorAnswer> AskAsync(Door door, IPAddress from, string name, string password) => door switch
    {
        Door.Portal => await AskPortalAsync(from, name, password),
        Door.Api => await AskApiAsync(from, password),
        Door.Imap => await AskImapAsync(from, name, password),
        Door.Pop3 => await AskPop3Async(from, name, password),
        _ => await AskSmtpAsync(from, name, password),
    };

    /// <summary>Guesses that are counted at this moment, of one account or of all.</summary>
    public async Task<long> CountedAsync(string? account = null)
    {
        await using var source = NpgsqlDataSource.Create(Portal.Database.OwnerConnectionString);
        await using var command = source.CreateCommand("SELECT count(*) FROM guess WHERE $1::text IS NULL OR account = $1");
        command.Parameters.Add(new() { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private Task<bool> SetMailPasswordAsync(TestTenant tenant, TestPerson person) => Portal.InTenantAsync(tenant, async scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        var mailbox = await db.Mailboxes.FindAsync([tenant.Id, person.Mailbox!.Id], Cancel);
        await ActivatorUtilities.CreateInstance<MailPasswords>(scope).SetAccountPasswordAsync(mailbox!, null, person.Password, chosen: false, Cancel);
        await db.SaveChangesAsync(Cancel);
        return true;
    });

    private async Task<DoorAnswer> AskPortalAsync(IPAddress from, string name, string password)
    {
        using var client = Http(from);
        var page = await client.GetStringAsync("/sign-in", Cancel);
        using var answer = await client.PostAsync("/sign-in", new FormUrlEncodedContent(
        [
            new("Name", name), new("Password", password), new("__RequestVerificationToken", TokenInPage().Match(page).Groups["token"].Value),
        ]), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        return Answer(answer, answer.StatusCode switch
        {
            HttpStatusCode.Redirect => Kind.In,
            HttpStatusCode.OK => Kind.Wrong,
            HttpStatusCode.TooManyRequests => Kind.HeldOff,
            _ => throw new InvalidOperationException($"{answer.StatusCode}"),
        }, Messages().Match(text).Value);
    }

    private async Task<DoorAnswer> AskApiAsync(IPAddress from, string token)
    {
        using var client = Http(from);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.GetAsync("/api/v1/tenants", Cancel);
        return Answer(answer, answer.StatusCode switch
        {
            HttpStatusCode.OK => Kind.In,
            HttpStatusCode.Unauthorized => Kind.Wrong,
            HttpStatusCode.TooManyRequests => Kind.HeldOff,
            _ => throw new InvalidOperationException($"{answer.StatusCode}"),
        }, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<DoorAnswer> AskImapAsync(IPAddress from, string name, string password)
    {
        await using var line = await LineAsync(from, "imaps");
        return Answer(await line.SayAsync($"a LOGIN \"{name}\" \"{password}\"", "a "), "a OK", "a NO [AUTHENTICATIONFAILED]", "a NO [LIMIT]", "a NO [CONTACTADMIN]");
    }

    private async Task<DoorAnswer> AskPop3Async(IPAddress from, string name, string password)
    {
        await using var line = await LineAsync(from, "pop3s");
        await line.SayAsync($"USER {name}", "");
        var text = await line.SayAsync($"PASS {password}", "");
        return text.Contains("is switched off", StringComparison.Ordinal)
            ? new(Kind.SwitchedOff, text, Now())
            : Answer(text, "+OK", "-ERR [AUTH]", "-ERR [SYS/TEMP]", "none");
    }

    private async Task<DoorAnswer> AskSmtpAsync(IPAddress from, string name, string password)
    {
        await using var line = await LineAsync(from, "submissions");
        await line.SayAsync("EHLO tests.example", "250 ");
        var plain = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{name}\0{password}"));
        return Answer(await line.SayAsync($"AUTH PLAIN {plain}", ""), "235 ", "535 5.7.8", "454 4.7.0", "525 5.7.13");
    }

    private static DoorAnswer Answer(string text, string good, string wrong, string held, string off) => new(
        text.StartsWith(good, StringComparison.Ordinal) ? Kind.In
        : text.StartsWith(wrong, StringComparison.Ordinal) ? Kind.Wrong
        : text.StartsWith(held, StringComparison.Ordinal) ? Kind.HeldOff
        : text.StartsWith(off, StringComparison.Ordinal) ? Kind.SwitchedOff
        : throw new InvalidOperationException(text), text, Now());

    private static DoorAnswer Answer(HttpResponseMessage answer, Kind kind, string text) => new(kind, text, Now(), answer.Headers.RetryAfter?.Delta);

    // Only differences count.
    private static DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(Environment.TickCount64);

    /// <summary>A client whose connections begin at that address.</summary>
    public HttpClient Http(IPAddress from)
    {
        var https = PortOf("https");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancel) => new NetworkStream(await ConnectAsync(from, https, cancel), ownsSocket: true),
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        };
        return new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{https}"), DefaultRequestHeaders = { { "Accept", "text/html" } } };
    }

    /// <summary>Where the web listens.</summary>
    public int PortOf(string scheme)
    {
        var mail = Portal.Services.GetRequiredService<MailListeners>().All.Select(listener => listener.Port).ToHashSet();
        var addresses = Portal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a));
        return addresses.First(address => address.Scheme == scheme && !mail.Contains(address.Port)).Port;
    }

    private async Task<MailLine> LineAsync(IPAddress from, string listener)
    {
        var socket = await ConnectAsync(from, Portal.Services.GetRequiredService<MailListeners>().Port(listener), Cancel);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        var line = new MailLine(tls);
        await line.ReadAsync("");
        return line;
    }

    public static async Task<Socket> ConnectAsync(IPAddress from, int port, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
        return socket;
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex TokenInPage();

    [GeneratedRegex("<div[^>]*validation-summary.*?</div>", RegexOptions.Singleline)]
    private static partial Regex Messages();

    private sealed class MailLine(SslStream stream) : IAsyncDisposable
    {
        private readonly StreamReader reader = new(stream, Encoding.UTF8);

        public async Task<string> SayAsync(string line, string until)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), Cancel);
            return await ReadAsync(until);
        }

        public async Task<string> ReadAsync(string until)
        {
            while (true)
                if (await reader.ReadLineAsync(Cancel) is not { } line) throw new InvalidOperationException("The server hung up.");
                else if (line.StartsWith(until, StringComparison.Ordinal)) return line;
        }

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}

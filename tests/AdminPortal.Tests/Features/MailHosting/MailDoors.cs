using System.Net;
using System.Net.Sockets;
using System.Text;
using AdminPortal.MailServer;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using Xunit;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>The mail ports of a running portal, tried as a mail program tries them: real sockets, TLS, MailKit.</summary>
internal sealed class MailDoors(MailListeners listeners)
{
    /// <summary>What programs sign in with when they have a password.</summary>
    public static readonly string[] PasswordMechanisms = ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];

    public static readonly MailProtocol[] Protocols = [MailProtocol.Pop3, MailProtocol.Imap, MailProtocol.Smtp];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Signs in and out again.</summary>
    /// <returns>Null: it was let in. Otherwise the server's last line.</returns>
    public async Task<string?> RefusalAsync(MailProtocol protocol, string mechanism, string name, string secret, string from = "127.0.0.1")
    {
        using var heard = new MemoryStream();
        using var client = Client(protocol, new ProtocolLogger(heard, leaveOpen: true));
        try
        {
            await EnterAsync(client, protocol, mechanism, name, secret, from);
            await client.DisconnectAsync(true, Cancel);
            return null;
        }
        catch (AuthenticationException)
        {
            return LastLine(heard);
        }
    }

    /// <summary>Signs in and stays.</summary>
    public async Task<MailService> StayAsync(MailProtocol protocol, string mechanism, string name, string secret)
    {
        var client = Client(protocol, new NullProtocolLogger());
        await EnterAsync(client, protocol, mechanism, name, secret, "127.0.0.1");
        return client;
    }

    /// <summary>Whether the server ends the session within the time, which is what its user would see.</summary>
    public static async Task<bool> IsEndedWithinAsync(MailService client, TimeSpan time)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(time);
        try
        {
            while (!patience.IsCancellationRequested) await client.NoOpAsync(patience.Token);
            return false;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return !client.IsConnected;
        }
    }

    private async Task EnterAsync(MailService client, MailProtocol protocol, string mechanism, string name, string secret, string from)
    {
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = (_, _, _, _) => true;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        var port = listeners.Port(Listener(protocol));
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancel);
        switch (client)
        {
            case ImapClient imap:
                await imap.ConnectAsync(socket, "localhost", port, SecureSocketOptions.SslOnConnect, Cancel);
                break;
            case Pop3Client pop3:
                await pop3.ConnectAsync(socket, "localhost", port, SecureSocketOptions.SslOnConnect, Cancel);
                break;
            case SmtpClient smtp:
                await smtp.ConnectAsync(socket, "localhost", port, SecureSocketOptions.SslOnConnect, Cancel);
                break;
        }
        await client.AuthenticateAsync(Mechanism(mechanism, new NetworkCredential(name, secret)), Cancel);
    }

    private static SaslMechanism Mechanism(string name, NetworkCredential credential) => name switch
    {
        "PLAIN" => new SaslMechanismPlain(credential),
        "LOGIN" => new SaslMechanismLogin(credential),
        "SCRAM-SHA-256" => new SaslMechanismScramSha256(credential),
        "SCRAM-SHA-256-PLUS" => new SaslMechanismScramSha256Plus(credential),
        "OAUTHBEARER" => new SaslMechanismOAuthBearer(credential),
        "XOAUTH2" => new SaslMechanismOAuth2(credential),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "MailKit knows no such mechanism."),
    };

    private static MailService Client(MailProtocol protocol, IProtocolLogger log) => protocol switch
    {
        MailProtocol.Imap => new ImapClient(log),
        MailProtocol.Pop3 => new Pop3Client(log),
        _ => new SmtpClient(log),
    };

    private static string Listener(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Imap => "imaps",
        MailProtocol.Pop3 => "pop3s",
        _ => "submissions",
    };

    // An IMAP4 answer begins with a tag of the client's own.
    private static string LastLine(MemoryStream heard)
    {
        var line = Encoding.UTF8.GetString(heard.ToArray()).Split("\r\n").Last(text => text.StartsWith("S: ", StringComparison.Ordinal))[3..];
        return line.StartsWith('-') || char.IsDigit(line[0]) ? line : line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
    }
}

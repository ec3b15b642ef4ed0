using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AdminPortal.Data;
using AdminPortal.Hosting;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>A mailbox that Dovecot keeps, behind our proxy: the service credential is a master user there.</summary>
public sealed class DovecotPodTests(MailHouse house) : IClassFixture<MailHouse>
{
    private const string Program = "/usr/sbin/dovecot";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dovecot_serves_the_mailbox_through_the_proxy_by_IMAP_and_POP3()
    {
        Assert.SkipUnless(
            File.Exists(Program), "There is no Dovecot on this machine (Debian: apt-get install dovecot-imapd dovecot-pop3d; ./test does not, because the package starts a server).");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs Dovecot, whose processes change their user.");
        await using var dovecot = await Dovecot.StartAsync(house.First.Services.GetRequiredService<IServerCertificate>().Current.TargetCertificate);
        var person = await house.NewcomerAsync(house.Contoso, podId: await PodAsync(dovecot));
        var proxy = await house.StartAsAsync("proxy", house.ServingConnectionString, ("MailProxy:AllowedNetworks", "127.0.0.0/8, ::1"));

        using var imap = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await imap.ConnectAsync("localhost", proxy.Listeners.Port("imaps"), SecureSocketOptions.SslOnConnect, Cancel);
        await imap.AuthenticateAsync(person.Address, MailHouse.Password, Cancel);
        // CATENATE is Dovecot's and not ours: what it can do is told after the login.
        Assert.True(imap.Capabilities.HasFlag(ImapCapabilities.Catenate));
        await imap.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
        await imap.Inbox.AppendAsync(new AppendRequest(new MimeMessage { Subject = "Kept by Dovecot", Body = new TextPart("plain") { Text = "x" } }), Cancel);
        await imap.Inbox.CheckAsync(Cancel);
        Assert.Equal("Kept by Dovecot", (await imap.Inbox.GetMessageAsync(0, Cancel)).Subject);
        await imap.DisconnectAsync(true, Cancel);

        using var pop3 = new Pop3Client { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await pop3.ConnectAsync("localhost", proxy.Listeners.Port("pop3s"), SecureSocketOptions.SslOnConnect, Cancel);
        await pop3.AuthenticateAsync(person.Address, MailHouse.Password, Cancel);
        Assert.Equal("Kept by Dovecot", (await pop3.GetMessageAsync(0, Cancel)).Subject);
        await pop3.DisconnectAsync(true, Cancel);
    }

    private async Task<Guid> PodAsync(Dovecot dovecot)
    {
        await using var db = house.Serving(house.Contoso);
        var pod = new Pod
        {
            TenantId = house.Contoso.Id, Id = Guid.CreateVersion7(), Name = "Dovecot", Kind = PodKind.DovecotView, Host = "localhost", ImapPort = dovecot.ImapPort, Pop3Port = dovecot.Pop3Port,
        };
        db.Add(pod);
        db.Add(house.First.Services.GetRequiredService<ServiceCredentials>().Of(pod, Dovecot.Master, Dovecot.Password));
        await db.SaveChangesAsync(Cancel);
        return pod.Id;
    }

    /// <summary>Debian's, with a folder and ports of its own.</summary>
    private sealed class Dovecot : IAsyncDisposable
    {
        public const string Master = "adminportal";
        public const string Password = "a-master-of-all-mailboxes";

        private readonly Process process;
        private readonly string folder;

        private Dovecot(Process process, string folder, int imapPort, int pop3Port) =>
            (this.process, this.folder, ImapPort, Pop3Port) = (process, folder, imapPort, pop3Port);

        public int ImapPort { get; }

        public int Pop3Port { get; }

        public static async Task<Dovecot> StartAsync(X509Certificate2 certificate)
        {
            var folder = Directory.CreateTempSubdirectory("dovecot-test-").FullName;
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            await File.WriteAllTextAsync(Path.Combine(folder, "certificate.pem"), certificate.ExportCertificatePem(), Cancel);
            using (var key = certificate.GetECDsaPrivateKey()!) await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem(), Cancel);
            await File.WriteAllTextAsync(Path.Combine(folder, "masters"), $"{Master}:{{PLAIN}}{Password}\n", Cancel);
            // Nobody else signs in there; Dovecot insists on a place to look.
            await File.WriteAllTextAsync(Path.Combine(folder, "users"), "", Cancel);
            var mail = Directory.CreateDirectory(Path.Combine(folder, "mail"));
            File.SetUnixFileMode(mail.FullName, (UnixFileMode)0b111_111_111);
            var (imap, pop3) = (FreePort(), FreePort());
            var settings = Path.Combine(folder, "dovecot.conf");
            await File.WriteAllTextAsync(settings, Settings(folder, imap, pop3), Cancel);
            var dovecot = new Dovecot(Process.Start(new ProcessStartInfo(Program, ["-F", "-c", settings]))!, folder, imap, pop3);
            await dovecot.UntilReadyAsync();
            return dovecot;
        }

        public async ValueTask DisposeAsync()
        {
            using (var stop = Process.Start("kill", ["-TERM", $"{process.Id}"])) await stop.WaitForExitAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private async Task UntilReadyAsync()
        {
            using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            for (var tries = 0; ; tries++)
                try
                {
                    using var probe = new TcpClient();
                    await probe.ConnectAsync(IPAddress.Loopback, ImapPort, Cancel);
                    return;
                }
                catch (SocketException) when (tries < 300)
                {
                    await again.WaitForNextTickAsync(Cancel);
                }
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        private static string Settings(string folder, int imap, int pop3) => string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            base_dir = {{folder}}/run
            state_dir = {{folder}}/state
            log_path = {{folder}}/log
            protocols = imap pop3
            ssl = required
            ssl_cert = <{{folder}}/certificate.pem
            ssl_key = <{{folder}}/key.pem
            auth_mechanisms = plain
            mail_location = maildir:{{folder}}/mail/%u
            mail_uid = mail
            mail_gid = mail
            first_valid_uid = 1
            passdb {
              driver = passwd-file
              master = yes
              args = {{folder}}/masters
            }
            passdb {
              driver = passwd-file
              args = {{folder}}/users
            }
            userdb {
              driver = static
              args = uid=mail gid=mail home={{folder}}/mail/%u allow_all_users=yes
            }
            namespace inbox {
              inbox = yes
            }
            service imap-login {
              inet_listener imap {
                port = 0
              }
              inet_listener imaps {
                address = 127.0.0.1
                port = {{imap}}
                ssl = yes
              }
            }
            service pop3-login {
              inet_listener pop3 {
                port = 0
              }
              inet_listener pop3s {
                address = 127.0.0.1
                port = {{pop3}}
                ssl = yes
              }
            }
            """);
    }
}

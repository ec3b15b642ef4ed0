using System.Diagnostics;
using System.Globalization;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>
/// Debian's Dovecot as it comes, with Maildir, and told only what it must be told: where to listen, whom to know, and not to count connections.
/// Needs root, because its processes change their user.
/// </summary>
internal sealed class Dovecot : IMailPeer, IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private Dovecot(Process process, string folder, Certificate certificate, IReadOnlyList<int> ports)
    {
        (this.process, this.folder) = (process, folder);
        (Imap, Pop3, Delivery) = (certificate.At(ports[0]), certificate.At(ports[1]), certificate.At(ports[2]));
    }

    public MailDoor Imap { get; }

    public MailDoor Pop3 { get; }

    public MailDoor Delivery { get; }

    public IReadOnlyList<int> Programs => [process.Id];

    /// <returns>Null where there is none to be had; the reason is on the console.</returns>
    public static async Task<Dovecot?> StartAsync(Certificate certificate, IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/sbin/dovecot"))
        {
            Console.WriteLine("Without Dovecot: that needs root, and apt-get install dovecot-imapd dovecot-pop3d dovecot-lmtpd");
            return null;
        }
        var folder = Directory.CreateTempSubdirectory("dovecot-benchmark-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        var ports = Enumerable.Range(0, 3).Select(_ => PortalProcess.FreePort()).ToList();
        await File.WriteAllLinesAsync(Path.Combine(folder, "users"), await UsersAsync(accounts, cancellationToken), cancellationToken);
        Directory.CreateDirectory(Path.Combine(folder, "mail"));
        await Command.RunAsync("chown", ["mail:mail", Path.Combine(folder, "mail")], cancellationToken: cancellationToken);
        var settings = Path.Combine(folder, "dovecot.conf");
        await File.WriteAllTextAsync(settings, Settings(folder, certificate, ports), cancellationToken);
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/dovecot", ["-F", "-c", settings]))!;
        var dovecot = new Dovecot(process, folder, certificate, ports);
        await dovecot.UntilReadyAsync(cancellationToken);
        return dovecot;
    }

    /// <summary>LMTP: what its submission would hand on to has to be there before it acknowledges anything, and this is it.</summary>
    public Task BeginDeliveryAsync(MailClient client, Account account, CancellationToken cancellationToken) =>
        client.AskAsync("LHLO localhost\r\n", End.Reply, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tries = 0; tries < 100; tries++)
            try
            {
                await (await MailClient.ConnectAsync(Imap, cancellationToken)).DisposeAsync();
                return;
            }
            catch (Exception failure) when (failure is System.Net.Sockets.SocketException or IOException)
            {
                await again.WaitForNextTickAsync(cancellationToken);
            }
        throw new InvalidOperationException($"Dovecot does not answer: {await File.ReadAllTextAsync(Path.Combine(folder, "log"), cancellationToken)}");
    }

    // The same derivation as ours: PBKDF2 with SHA-256 and 4,096 iterations.
    private static async Task<List<string>> UsersAsync(IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
    {
        var users = new List<string>();
        foreach (var account in accounts)
        {
            var verifier = await Command.RunAsync("doveadm", ["pw", "-s", "SCRAM-SHA-256", "-r", "4096", "-p", account.Password], cancellationToken: cancellationToken);
            users.Add($"{account.Address}:{verifier.Trim()}");
        }
        return users;
    }

    private static string Settings(string folder, Certificate certificate, IReadOnlyList<int> ports) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        base_dir = {{folder}}/run
        state_dir = {{folder}}/state
        log_path = {{folder}}/log
        protocols = imap pop3 lmtp
        ssl = required
        ssl_cert = <{{certificate.File}}
        ssl_key = <{{certificate.KeyFile}}
        auth_mechanisms = plain
        mail_location = maildir:{{folder}}/mail/%u
        mail_uid = mail
        mail_gid = mail
        first_valid_uid = 1
        mail_max_userip_connections = 100000
        passdb {
          driver = passwd-file
          args = username_format=%u {{folder}}/users
        }
        userdb {
          driver = static
          args = uid=mail gid=mail home={{folder}}/mail/%u
        }
        namespace inbox {
          inbox = yes
          mailbox Sent {
            auto = create
          }
          mailbox Archive {
            auto = create
          }
        }
        service imap-login {
          process_limit = 4000
          inet_listener imap {
            port = 0
          }
          inet_listener imaps {
            address = 127.0.0.1
            port = {{ports[0]}}
            ssl = yes
          }
        }
        service pop3-login {
          inet_listener pop3 {
            port = 0
          }
          inet_listener pop3s {
            address = 127.0.0.1
            port = {{ports[1]}}
            ssl = yes
          }
        }
        service lmtp {
          inet_listener lmtps {
            address = 127.0.0.1
            port = {{ports[2]}}
            ssl = yes
          }
        }
        service imap {
          process_limit = 4000
        }
        service anvil {
          client_limit = 20000
        }
        service auth {
          client_limit = 20000
        }
        service stats {
          client_limit = 20000
        }
        """);
}

using System.Text;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>A mail server under measurement: the portal's, or Dovecot.</summary>
internal interface IMailPeer
{
    MailDoor Imap { get; }

    MailDoor Pop3 { get; }

    /// <summary>Where a message is handed over for delivery, and how that begins: see the README.</summary>
    MailDoor Delivery { get; }

    /// <summary>Greets and, where that must be, signs in, so that a message may follow.</summary>
    Task BeginDeliveryAsync(MailClient client, Account account, CancellationToken cancellationToken);

    /// <summary>The processes whose time and memory count, their children included.</summary>
    IReadOnlyList<int> Programs { get; }
}

/// <param name="Address">Of the mailbox, which is its user name.</param>
/// <param name="Password">Twenty random letters and digits, 4,096 iterations of PBKDF2 with SHA-256 at both servers.</param>
internal sealed record Account(string Address, string Password)
{
    /// <summary>The initial response of SASL PLAIN.</summary>
    public string Plain => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{Address}\0{Password}"));
}

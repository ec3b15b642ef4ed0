using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace AdminPortal.Hosting.OutgoingMail;

/// <summary>How one attempt ended.</summary>
/// <param name="Failure">Null when the server took the mail.</param>
/// <param name="Code">What the server answered, as a code.</param>
internal sealed record DeliveryOutcome(MailFailure? Failure, string? Code = null)
{
    public static readonly DeliveryOutcome Sent = new((MailFailure?)null);

    /// <summary>The same mail would fail again: the server refuses this recipient or this message.</summary>
    public bool IsFinal => Failure is MailFailure.RecipientRefused or MailFailure.MessageRefused or MailFailure.Expired or MailFailure.Unreadable;
}

/// <summary>
/// Hands one message to the SMTP server. TLS comes before anything secret, and the certificate must be trusted and bear the host's name;
/// there is no falling back to less.
/// </summary>
internal sealed partial class SmtpDelivery(TrustedRoots trust)
{
    public async Task<DeliveryOutcome> SendAsync(MailRoute route, MimeMessage message, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(route.Timeout);
        using var client = new VerifyingClient(trust, route.Host);
        try
        {
            await client.ConnectAsync(route.Host, route.Port, SecurityOf(route), patience.Token);
            if (route.UserName is not null) await client.AuthenticateAsync(Proof(route), patience.Token);
            await client.SendAsync(message, patience.Token);
            // The server has taken it: whatever happens now, it must not be sent again.
            await SignOffAsync(client, patience.Token);
            return DeliveryOutcome.Sent;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && Read(exception) is { } outcome)
        {
            return outcome;
        }
    }

    private static SecureSocketOptions SecurityOf(MailRoute route) => route.Security switch
    {
        ConnectionSecurity.ImplicitTls => SecureSocketOptions.SslOnConnect,
        ConnectionSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    private static SaslMechanismPlain Proof(MailRoute route) => route.ActingFor is { } mailbox
        ? new(new NetworkCredential(route.UserName, route.Password)) { AuthorizationId = mailbox }
        : new(new NetworkCredential(route.UserName, route.Password));

    private static async Task SignOffAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception exception) when (Read(exception) is not null)
        {
            // A server that hangs up without a good-bye has the mail all the same.
        }
    }

    /// <returns>Null for what is nobody's fault but ours.</returns>
    private static DeliveryOutcome? Read(Exception exception) => exception switch
    {
        SmtpCommandException { StatusCode: var status } refusal when (int)status < 500 => new(MailFailure.Busy, CodeOf(refusal)),
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } refusal => new(MailFailure.RecipientRefused, CodeOf(refusal)),
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } refusal => new(MailFailure.SenderRefused, CodeOf(refusal)),
        SmtpCommandException refusal => new(MailFailure.MessageRefused, CodeOf(refusal)),
        // RFC 6531: an address beyond ASCII, and a server that does not carry such.
        NotSupportedException when exception.Source == "MailKit" && exception.Message.Contains("SMTPUTF8", StringComparison.OrdinalIgnoreCase) =>
            new(MailFailure.RecipientRefused),
        MailKit.Security.AuthenticationException => new(MailFailure.SignInRefused),
        SslHandshakeException or NotSupportedException or System.Security.Authentication.AuthenticationException => new(MailFailure.NotTrusted),
        OperationCanceledException or TimeoutException => new(MailFailure.TimedOut),
        ProtocolException or IOException or SocketException or ServiceNotConnectedException => new(MailFailure.Unreachable),
        _ => null,
    };

    // The server's words may repeat the message, in which the link is: only codes are kept (RFC 3463).
    private static string CodeOf(SmtpCommandException refusal)
    {
        var enhanced = EnhancedCode().Match(refusal.Message);
        return enhanced.Success ? $"{(int)refusal.StatusCode} {enhanced.Value}" : $"{(int)refusal.StatusCode}";
    }

    [GeneratedRegex(@"\b[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex EnhancedCode();

    /// <summary>Trusts what the portal's own clients trust, and fetches nothing that a stranger's certificate names.</summary>
    private sealed class VerifyingClient : SmtpClient
    {
        private readonly SslClientAuthenticationOptions own;

        public VerifyingClient(TrustedRoots trust, string host)
        {
            own = trust.ClientOptions(host);
            CheckCertificateRevocation = false;
            ServerCertificateValidationCallback = own.RemoteCertificateValidationCallback;
        }

        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback callback)
        {
            var options = base.GetSslClientAuthenticationOptions(host, callback);
            options.CertificateChainPolicy = own.CertificateChainPolicy;
            return options;
        }
    }
}

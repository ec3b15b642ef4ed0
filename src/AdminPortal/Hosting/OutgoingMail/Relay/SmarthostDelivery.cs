using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using Microsoft.Extensions.Options;
using MimeKit;

namespace AdminPortal.Hosting.OutgoingMail.Relay;

/// <summary>One message for the smarthost.</summary>
/// <param name="Sender">The reverse-path; may be empty.</param>
/// <param name="Recipients">At least one.</param>
/// <param name="Content">With CRLF line ends, seekable.</param>
internal sealed record MailForSmarthost(string Sender, IReadOnlyList<RecipientForSmarthost> Recipients, Stream Content)
{
    public string? EnvelopeId { get; init; }

    public bool ReturnsWhole { get; init; }

    public bool IsUtf8 { get; init; }
}

/// <param name="Address">Of the grammar of RFC 5321.</param>
/// <param name="Notify">The value of NOTIFY (RFC 3461, 4.1).</param>
/// <param name="OriginalAddress"><c>type;address</c>; null: not told.</param>
internal sealed record RecipientForSmarthost(string Address, string Notify, string? OriginalAddress);

/// <summary>What became of one recipient in one attempt.</summary>
/// <param name="Fate">Taken, refused for good, or to be tried again.</param>
/// <param name="Status">RFC 3463.</param>
/// <param name="Said">The server's words, or ours where it said nothing.</param>
internal sealed record RelayAnswer(RelayFate Fate, string Status, string Said);

internal enum RelayFate
{
    Taken,
    Refused,
    Later,
}

/// <param name="Answers">In the order of the recipients.</param>
/// <param name="TellsOfSuccess">The smarthost has taken over what senders want to hear (RFC 3461, 5.2.2): nobody else may tell them.</param>
internal sealed record RelayOutcome(IReadOnlyList<RelayAnswer> Answers, bool TellsOfSuccess);

/// <summary>
/// Hands messages to the smarthost, octet by octet. TLS comes before anything secret, and the certificate must be trusted and bear the
/// configured name; there is no falling back to less. Nothing is thrown for what another server can do wrong.
/// </summary>
internal sealed partial class SmarthostDelivery(IOptions<SmarthostOptions> options, TrustedRoots trust)
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    public bool IsConfigured => options.Value.Host is not null;

    public string Name => options.Value.Host ?? "";

    /// <param name="mail">What to send.</param>
    /// <param name="ownName">What this server calls itself.</param>
    /// <param name="cancellationToken">Gives up: every recipient that was not answered for is to be tried again.</param>
    public async Task<RelayOutcome> SendAsync(MailForSmarthost mail, string ownName, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(mail, options.Value, trust, ownName);
        if (!IsConfigured) return attempt.Everybody(RelayFate.Later, "4.3.5", "No smarthost is configured");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Value.Timeout);
        try
        {
            return await attempt.RunAsync(patience.Token);
        }
        catch (AuthenticationException)
        {
            return attempt.Everybody(RelayFate.Later, "4.7.5", "The smarthost's certificate is not to be trusted");
        }
        catch (OperationCanceledException)
        {
            return attempt.Everybody(RelayFate.Later, "4.4.1", cancellationToken.IsCancellationRequested ? "The attempt was interrupted" : "The smarthost took too long");
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return attempt.Everybody(RelayFate.Later, "4.4.2", "The smarthost cannot be reached, or hung up");
        }
    }

    /// <summary>The enhanced code in the server's words, or the one that its basic code stands for.</summary>
    private static string StatusOf(SmtpAnswer answer)
    {
        var status = EnhancedCode().Match(answer.Text);
        return status.Success && status.Value[0] == (char)('0' + answer.Code / 100) ? status.Value : $"{answer.Code / 100}.0.0";
    }

    [GeneratedRegex(@"^[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex EnhancedCode();

    private sealed class Attempt(MailForSmarthost mail, SmarthostOptions options, TrustedRoots trust, string ownName)
    {
        // What is known of each recipient so far; who was answered for good is not asked for again.
        private readonly RelayAnswer?[] answers = new RelayAnswer?[mail.Recipients.Count];
        private IReadOnlyList<string> extensions = [];

        public RelayOutcome Everybody(RelayFate fate, string status, string said) =>
            new([.. answers.Select(answer => answer is { Fate: not RelayFate.Taken } ? answer : new RelayAnswer(fate, status, said))], false);

        public async Task<RelayOutcome> RunAsync(CancellationToken cancellationToken)
        {
            await using var smtp = await SmtpConversation.ConnectAsync(options.Host!, options.UsedPort, cancellationToken);
            if (options.Security == ConnectionSecurity.ImplicitTls) await smtp.SecureAsync(trust.ClientOptions(options.Host!), cancellationToken);
            if (await smtp.HearAsync(cancellationToken) is { IsGood: false } unwilling) return Everybody(unwilling);
            if (await GreetAsync(smtp, cancellationToken) is { } rude) return rude;
            if (options.Security == ConnectionSecurity.StartTls)
            {
                if (!Offers("STARTTLS")) return Everybody(RelayFate.Later, "4.7.4", "The smarthost offers no TLS");
                if (await smtp.AskAsync("STARTTLS", cancellationToken) is { IsGood: false } no) return Everybody(no);
                await smtp.SecureAsync(trust.ClientOptions(options.Host!), cancellationToken);
                if (await GreetAsync(smtp, cancellationToken) is { } again) return again;
            }
            if (options.UserName is not null && await SignInAsync(smtp, cancellationToken) is { } stranger) return stranger;
            var outcome = await SendAsync(smtp, cancellationToken);
            await SignOffAsync(smtp);
            return outcome;
        }

        private bool Offers(string extension) =>
            extensions.Any(line => line.Equals(extension, StringComparison.OrdinalIgnoreCase) || line.StartsWith(extension + " ", StringComparison.OrdinalIgnoreCase));

        private RelayOutcome Everybody(SmtpAnswer answer) =>
            Everybody(answer.IsFinal ? RelayFate.Refused : RelayFate.Later, StatusOf(answer), answer.ToString());

        private async Task<RelayOutcome?> GreetAsync(SmtpConversation smtp, CancellationToken cancellationToken)
        {
            var lines = new List<string>();
            await smtp.SayAsync($"EHLO {ownName}", cancellationToken);
            if (await smtp.HearAsync(lines, cancellationToken) is { IsGood: false } answer)
                return Everybody(RelayFate.Later, "4.5.0", answer.ToString());
            extensions = [.. lines.Skip(1)];
            return null;
        }

        // Whatever it says about our password is no reason to give up a user's message: an operator has to see to it.
        private async Task<RelayOutcome?> SignInAsync(SmtpConversation smtp, CancellationToken cancellationToken)
        {
            var mechanisms = extensions.FirstOrDefault(line => line.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?.Split(' ') ?? [];
            SmtpAnswer answer;
            if (mechanisms.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
            {
                answer = await smtp.AskAsync($"AUTH PLAIN {Base64($"\0{options.UserName}\0{options.Password}")}", cancellationToken);
            }
            else if (mechanisms.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
            {
                answer = await smtp.AskAsync("AUTH LOGIN", cancellationToken);
                foreach (var secret in new[] { options.UserName!, options.Password! })
                    if (answer.Code == 334) answer = await smtp.AskAsync(Base64(secret), cancellationToken);
            }
            else
            {
                return Everybody(RelayFate.Later, "4.7.0", "The smarthost offers neither AUTH PLAIN nor LOGIN");
            }
            return answer.Code == 235 ? null : Everybody(RelayFate.Later, "4.7.0", $"The smarthost refused to sign this server in: {answer.Code}");
        }

        private async Task<RelayOutcome> SendAsync(SmtpConversation smtp, CancellationToken cancellationToken)
        {
            if (mail.IsUtf8 && !Offers("SMTPUTF8"))
                return Everybody(RelayFate.Refused, "5.6.7", "The smarthost does not carry addresses or headers beyond ASCII");
            var content = await ContentAsync(cancellationToken);
            if (await smtp.AskAsync(Mail(content.Is8Bit), cancellationToken) is { IsGood: false } refused) return Everybody(refused);
            for (var i = 0; i < answers.Length; i++) answers[i] = Read(await smtp.AskAsync(Rcpt(mail.Recipients[i]), cancellationToken));
            if (answers.All(answer => answer!.Fate != RelayFate.Taken)) return Everybody(RelayFate.Later, "4.0.0", "");

            if (await smtp.AskAsync("DATA", cancellationToken) is { Code: not 354 } no) return Everybody(no);
            await smtp.SendContentAsync(content.Octets, cancellationToken);
            // From here to the answer nobody can know whether it was taken: if the line is cut now, it is sent once more (RFC 1047).
            var taken = Read(await smtp.HearAsync(cancellationToken));
            return new([.. answers.Select(answer => answer!.Fate == RelayFate.Taken ? taken : answer)], Offers("DSN"));
        }

        private static RelayAnswer Read(SmtpAnswer answer) =>
            new(answer.IsGood ? RelayFate.Taken : answer.IsFinal ? RelayFate.Refused : RelayFate.Later, StatusOf(answer), answer.ToString());

        private string Mail(bool is8Bit)
        {
            var command = new StringBuilder($"MAIL FROM:<{mail.Sender}>");
            if (Offers("SIZE")) command.Append($" SIZE={mail.Content.Length}");
            if (is8Bit) command.Append(" BODY=8BITMIME");
            if (mail.IsUtf8) command.Append(" SMTPUTF8");
            if (Offers("DSN")) command.Append(mail.ReturnsWhole ? " RET=FULL" : " RET=HDRS");
            if (Offers("DSN") && mail.EnvelopeId is { } id) command.Append($" ENVID={Xtext(id)}");
            return command.ToString();
        }

        private string Rcpt(RecipientForSmarthost recipient)
        {
            var command = $"RCPT TO:<{recipient.Address}>";
            if (!Offers("DSN")) return command;
            var original = recipient.OriginalAddress?.Split(';', 2) is [var type, var address] ? $" ORCPT={type};{Xtext(address)}" : "";
            return $"{command} NOTIFY={recipient.Notify}{original}";
        }

        /// <summary>The octets as they came; or, for a server of before 1994, the same message in seven bits (RFC 6152, 3).</summary>
        private async Task<(Stream Octets, bool Is8Bit)> ContentAsync(CancellationToken cancellationToken)
        {
            mail.Content.Position = 0;
            var is8Bit = await Is8BitAsync(mail.Content, cancellationToken);
            mail.Content.Position = 0;
            if (!is8Bit || Offers("8BITMIME")) return (mail.Content, is8Bit);
            using var message = await MimeMessage.LoadAsync(mail.Content, cancellationToken);
            message.Prepare(EncodingConstraint.SevenBit);
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            var octets = new MemoryStream();
            await message.WriteToAsync(format, octets, cancellationToken);
            octets.Position = 0;
            return (octets, false);
        }

        private static async Task<bool> Is8BitAsync(Stream content, CancellationToken cancellationToken)
        {
            var buffer = new byte[32 * 1024];
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
                if (!Ascii.IsValid(buffer.AsSpan(0, read))) return true;
            return false;
        }

        // The answer is there: what happens to the good-bye does not matter.
        private static async Task SignOffAsync(SmtpConversation smtp)
        {
            using var moment = new CancellationTokenSource(LastWords);
            try
            {
                await smtp.AskAsync("QUIT", moment.Token);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // A server that hangs up without a good-bye has the message all the same.
            }
        }

        private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

        // RFC 3461, 4.
        private static string Xtext(string text) =>
            string.Concat(text.Select(c => c is > ' ' and <= '~' and not ('+' or '=') ? $"{c}" : $"+{(int)c:X2}"));
    }
}

using System.Net.Sockets;
using System.Text;
using AdminPortal.Data;
using MailKit;
using MailKit.Security;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>Turns what went wrong in a step into its cause. Pure: it looks at the step, the exception, and the first octets received.</summary>
internal static class FailureReading
{
    private const byte TlsAlert = 0x15;
    private const byte TlsHandshake = 0x16;

    public static FailureCause OfConnecting(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused or SocketError.ConnectionReset => FailureCause.ConnectionRefused,
        _ => FailureCause.ConnectionTimedOut,
    };

    /// <summary>A failure before sign-in: while greeting, TLS and capabilities are exchanged.</summary>
    public static FailureCause OfMeeting(StepName step, Exception exception, MailProtocol protocol, ReadOnlySpan<byte> first, IReadOnlyList<string> reply) =>
        step switch
        {
            StepName.Greeting => OfGreeting(protocol, first),
            StepName.Tls when exception is SslHandshakeException => OfHandshake(exception, protocol, first),
            // "Not supported" is the server not offering it; a command refused, or an answer out of order, is the server not doing it.
            StepName.Tls when exception is NotSupportedException or CommandException => FailureCause.StartTlsMissing,
            StepName.Capabilities when exception is CommandException => Refusal.Read(protocol, reply),
            _ => FailureCause.ProtocolError,
        };

    /// <summary>Whether a greeting is a refusal: <c>* BYE</c>, <c>-ERR</c>, <c>421</c>, <c>554</c>.</summary>
    public static bool TurnsAway(MailProtocol protocol, string greeting) => protocol switch
    {
        MailProtocol.Imap => !greeting.StartsWith("* OK", StringComparison.OrdinalIgnoreCase),
        MailProtocol.Pop3 => !greeting.StartsWith("+OK", StringComparison.OrdinalIgnoreCase),
        _ => !greeting.StartsWith("220", StringComparison.Ordinal),
    };

    /// <summary>A greeting that MailKit did not take: another protocol, or a server that turns us away.</summary>
    private static FailureCause OfGreeting(MailProtocol protocol, ReadOnlySpan<byte> first)
    {
        if (first.IsEmpty) return FailureCause.ProtocolError;
        if (first[0] is TlsAlert or TlsHandshake) return FailureCause.TlsExpected;
        return Speaks(protocol, first) ? FailureCause.ServerBusy : FailureCause.WrongProtocol;
    }

    private static FailureCause OfHandshake(Exception exception, MailProtocol protocol, ReadOnlySpan<byte> first)
    {
        // With TLS from the first byte, a server that begins with words was waiting for STARTTLS, or is no mail server at all.
        if (!first.IsEmpty && first[0] is not (TlsAlert or TlsHandshake))
            return Speaks(protocol, first) ? FailureCause.StartTlsExpected : FailureCause.WrongProtocol;
        return Causes(exception).Any(NamesTheVersion) ? FailureCause.TlsVersion : FailureCause.ProtocolError;
    }

    /// <summary>Whether these octets begin as a server of that protocol does: <c>* OK</c>, <c>+OK</c>, <c>220</c>, or a refusal.</summary>
    private static bool Speaks(MailProtocol protocol, ReadOnlySpan<byte> first)
    {
        var text = Encoding.ASCII.GetString(first);
        return protocol switch
        {
            MailProtocol.Imap => text.StartsWith("* ", StringComparison.Ordinal),
            MailProtocol.Pop3 => text.StartsWith("+OK", StringComparison.Ordinal) || text.StartsWith("-ERR", StringComparison.Ordinal),
            _ => text.Length > 3 && text[..3].All(char.IsAsciiDigit) && text[3] is ' ' or '-',
        };
    }

    // OpenSSL: "tlsv1 alert protocol version", "unsupported protocol", "no protocols available".
    private static bool NamesTheVersion(Exception exception) =>
        exception.Message.Contains("protocol version", StringComparison.OrdinalIgnoreCase)
        || exception.Message.Contains("unsupported protocol", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
            yield return cause;
    }
}

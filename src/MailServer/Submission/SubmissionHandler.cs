using System.Net.Security;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>Submission for the connection host: its loop and its goodbyes.</summary>
internal sealed class SubmissionHandler(SignIn signIn, MailServerMetrics metrics) : IProtocolHandler
{
    /// <summary>SMTP has no name in the ALPN registry, so none is asked for.</summary>
    public SslApplicationProtocol? Alpn => null;

    public Task ServeAsync(MailConnection connection) => new SubmissionConnection(connection, signIn, metrics).ServeAsync();

    public string Farewell(Farewell farewell) => farewell switch
    {
        Wire.Farewell.TooManyConnections => "421 4.7.0 Too many connections",
        Wire.Farewell.TimedOut => "421 4.4.2 Too slow, goodbye",
        Wire.Farewell.ShuttingDown => "421 4.3.2 The server is shutting down",
        Wire.Farewell.SessionEnded ended => $"421 4.7.0 {ReplyText.OneLine(ended.End.Text, SubmissionReplies.LongestText)}",
        Wire.Farewell.PodGone => "421 4.4.2 The mail server of this mailbox broke off",
        _ => "421 4.3.0 Internal error",
    };
}

using System.Net.Security;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>IMAP for the connection host: its loop and its goodbyes.</summary>
internal sealed class ImapHandler(SignIn signIn, MailServerMetrics metrics) : IProtocolHandler
{
    public static readonly SslApplicationProtocol AlpnName = new("imap");

    public SslApplicationProtocol? Alpn => AlpnName;

    public Task ServeAsync(MailConnection connection) => new ImapConnection(connection, signIn, metrics).ServeAsync();

    public string Farewell(Farewell farewell) => farewell switch
    {
        Wire.Farewell.TooManyConnections => "* BYE [LIMIT] Too many connections",
        Wire.Farewell.TimedOut => "* BYE Too slow, goodbye",
        Wire.Farewell.ShuttingDown => "* BYE [UNAVAILABLE] The server is shutting down",
        Wire.Farewell.SessionEnded ended => $"* BYE {ReplyText.OneLine(ended.End.Text, ImapReply.LongestText)}",
        Wire.Farewell.PodGone => "* BYE [UNAVAILABLE] The mail server of this mailbox broke off",
        _ => "* BYE [SERVERBUG] Internal error",
    };
}

using System.Net.Security;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Pop3;

/// <summary>POP3 for the connection host: its loop and its goodbyes.</summary>
internal sealed class Pop3Handler(SignIn signIn, MailServerMetrics metrics) : IProtocolHandler
{
    public static readonly SslApplicationProtocol AlpnName = new("pop3");

    public SslApplicationProtocol? Alpn => AlpnName;

    public Task ServeAsync(MailConnection connection) => new Pop3Connection(connection, signIn, metrics).ServeAsync();

    public string Farewell(Farewell farewell) => farewell switch
    {
        Wire.Farewell.TooManyConnections => "-ERR [SYS/TEMP] Too many connections",
        Wire.Farewell.TimedOut => "-ERR Too slow, goodbye",
        Wire.Farewell.ShuttingDown => "-ERR [SYS/TEMP] The server is shutting down",
        Wire.Farewell.SessionEnded ended => $"-ERR {ReplyText.OneLine(ended.End.Text, Pop3Replies.LongestText)}",
        Wire.Farewell.PodGone => "-ERR [SYS/TEMP] The mail server of this mailbox broke off",
        _ => "-ERR [SYS/PERM] Internal error, nothing was deleted",
    };
}

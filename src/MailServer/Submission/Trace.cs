using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AdminPortal.MailServer.Submission;

/// <summary>The Received line on top of a message (RFC 5321, 4.4).</summary>
internal static class Trace
{
    /// <remarks>What the client calls itself was checked to be one printable word; only what a host name or an address literal is made of is kept.</remarks>
    public static byte[] Line(SubmissionConnection smtp)
    {
        var peer = smtp.Connection.Peer;
        var address = (peer.RemoteAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6:" : "") + peer.RemoteAddress;
        var name = smtp.Helo!.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '[' or ']' or ':') ? smtp.Helo : "unknown";
        var date = smtp.Connection.Now.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        // RFC 3848, and RFC 6531, 4.3.
        var protocol = smtp.Transaction!.Asked.IsUtf8 ? "UTF8SMTPSA" : "ESMTPSA";
        return Encoding.ASCII.GetBytes(
            $"Received: from {name} ([{address}])\r\n"
            + $"\tby {smtp.Connection.Options.HostName} with {protocol} id {peer.ConnectionId};\r\n"
            + $"\t{date}\r\n");
    }
}

using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace AdminPortal.MailServer;

/// <summary>Who is at the other end, as far as the transport knows.</summary>
/// <param name="ConnectionId">Unique while the process lives; the same id stands in every log line of the connection.</param>
/// <param name="RemoteAddress">IPv4-mapped IPv6 addresses are given as IPv4.</param>
/// <param name="LocalPort">The listener's port.</param>
/// <param name="Tls">Null while the connection is not encrypted; credentials never reach the backend then.</param>
public sealed record MailPeer(string ConnectionId, IPAddress RemoteAddress, int LocalPort, MailTls? Tls);

/// <summary>The TLS layer under a connection.</summary>
/// <param name="Certificate">
/// The server's leaf certificate as used in this handshake: what tls-server-end-point binds to (RFC 5929).
/// </param>
public sealed record MailTls(SslProtocols Version, string CipherSuite, X509Certificate2? Certificate);

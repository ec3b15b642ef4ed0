using System.Globalization;
using AdminPortal.Data;

namespace AdminPortal.Features.ConnectionSettings;

/// <summary>One line that a mailbox shall have of its own.</summary>
/// <param name="Protocol">What is spoken there.</param>
/// <param name="Preset"><c>custom</c> (the default) names host and port; <c>thisServer</c> and <c>exchangeOnline</c> know them.</param>
/// <param name="Host">For a custom line.</param>
/// <param name="Port">For a custom line.</param>
/// <param name="Security">For a custom line, and for this server, where it is <c>implicitTls</c> by default.</param>
/// <param name="UserNameFormat">What stands in the field for the user name: the whole address by default.</param>
internal sealed record WantedLine(
    MailProtocol Protocol, EndpointPreset Preset = EndpointPreset.Custom, string? Host = null, int? Port = null,
    ConnectionSecurity? Security = null, UserNameFormat UserNameFormat = UserNameFormat.Address)
{
    private static readonly IdnMapping Idn = new();

    /// <summary>What is wrong with it, by member; empty for a good line.</summary>
    public IEnumerable<(string Member, string Sentence)> Errors()
    {
        if (Preset != EndpointPreset.Custom && (Host is not null || Port is not null)) yield return ("preset", "A preset knows its own host and port.");
        if (Preset == EndpointPreset.ExchangeOnline && Security is not null) yield return ("security", "Exchange Online's is known.");
        if (Preset == EndpointPreset.ThisServer && Security == ConnectionSecurity.None) yield return ("security", "This server takes no sign-in without TLS.");
        if (Preset != EndpointPreset.Custom) yield break;
        if (ReadHost(Host) is null) yield return ("host", "A host name or an IP address, without a port.");
        if (Port is not (>= 1 and <= 65_535)) yield return ("port", "A number from 1 to 65535.");
        if (Security is null) yield return ("security", "implicitTls, startTls or none.");
    }

    public MailEndpoint ToEndpoint(Guid tenantId, Guid? domainId, Guid? mailboxId, short position)
    {
        var exchange = ConnectionTable.ExchangeOnline(Protocol);
        var (host, port, security) = Preset switch
        {
            EndpointPreset.ThisServer => (null, null, Security ?? ConnectionSecurity.ImplicitTls),
            EndpointPreset.ExchangeOnline => (exchange.Host, exchange.Port, exchange.Security),
            _ => ((string?)ReadHost(Host), (int?)Port, Security!.Value),
        };
        return new()
        {
            TenantId = tenantId, DomainId = domainId, MailboxId = mailboxId, Protocol = Protocol, Preset = Preset, Host = host, Port = port,
            Security = security, UserNameFormat = UserNameFormat, Position = position,
        };
    }

    /// <summary>Lower case and ASCII, or null where it is neither a host name nor an address.</summary>
    private static string? ReadHost(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 253) return null;
        try
        {
            var host = text.Contains(':') ? text : Idn.GetAscii(text.Trim()).ToLowerInvariant();
            return Uri.CheckHostName(host) == UriHostNameType.Unknown ? null : host;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

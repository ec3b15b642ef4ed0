namespace AdminPortal.Data;

/// <summary>
/// Resolves what a mail program has to be told. For each protocol the nearest layer that has lines wins as a whole (mailbox, domain,
/// tenant); where no layer has any, the mailbox's pod says what is usual there.
/// </summary>
public static class ConnectionTable
{
    public const string ExchangeOnlineHost = "outlook.office365.com";
    public const string ExchangeOnlineSubmissionHost = "smtp.office365.com";

    // RFC 8314, 3.3: TLS from the first byte is the one recommended, so it comes first.
    private static readonly ConnectionSecurity[] OwnSecurities = [ConnectionSecurity.ImplicitTls, ConnectionSecurity.StartTls];

    /// <summary>The lines for one mailbox, protocol by protocol, the recommended one of each protocol first.</summary>
    /// <param name="saved">Lines of the tenant, and of any domain or mailbox: only the ones that concern this mailbox are used.</param>
    /// <param name="domainId">The mailbox's domain.</param>
    /// <param name="mailboxId">The mailbox.</param>
    /// <param name="pod">How the mailbox's pod is governed.</param>
    /// <param name="own">Where this installation's listeners are.</param>
    public static IReadOnlyList<ConnectionLine> Resolve(
        IReadOnlyCollection<MailEndpoint> saved, Guid domainId, Guid mailboxId, PodKind pod, MailServerAddresses own) =>
        [.. MailAccess.Protocols.SelectMany(protocol =>
            OfNearestLayer([.. saved.Where(line => line.Protocol == protocol)], domainId, mailboxId, own) ?? Usual(protocol, pod, own))];

    /// <summary>Exchange Online's published table: POP3 and IMAP4 with TLS from the first byte, sending with STARTTLS.</summary>
    public static (string Host, int Port, ConnectionSecurity Security) ExchangeOnline(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => (ExchangeOnlineHost, 995, ConnectionSecurity.ImplicitTls),
        MailProtocol.Imap => (ExchangeOnlineHost, 993, ConnectionSecurity.ImplicitTls),
        MailProtocol.Smtp => (ExchangeOnlineSubmissionHost, 587, ConnectionSecurity.StartTls),
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    private static IReadOnlyList<ConnectionLine>? OfNearestLayer(
        IReadOnlyList<MailEndpoint> saved, Guid domainId, Guid mailboxId, MailServerAddresses own)
    {
        foreach (var layer in Layers(saved, domainId, mailboxId))
            if (layer.Lines.Count > 0)
                return [.. layer.Lines.OrderBy(line => line.Position).Select(line => Read(line, layer.Layer, own)).OfType<ConnectionLine>()];
        return null;
    }

    private static IEnumerable<(ConnectionLayer Layer, IReadOnlyList<MailEndpoint> Lines)> Layers(
        IReadOnlyList<MailEndpoint> saved, Guid domainId, Guid mailboxId)
    {
        yield return (ConnectionLayer.Mailbox, [.. saved.Where(line => line.MailboxId == mailboxId)]);
        yield return (ConnectionLayer.Domain, [.. saved.Where(line => line.MailboxId is null && line.DomainId == domainId)]);
        yield return (ConnectionLayer.Tenant, [.. saved.Where(line => line.MailboxId is null && line.DomainId is null)]);
    }

    // Host and port of this installation's own lines follow the options; a listener that is off has no line.
    private static ConnectionLine? Read(MailEndpoint line, ConnectionLayer layer, MailServerAddresses own)
    {
        if (line.Preset != EndpointPreset.ThisServer)
            return new(line.Protocol, line.Host!, line.Port!.Value, line.Security, line.UserNameFormat, line.Preset, layer);
        return own.PortOf(line.Protocol, line.Security) is { } port
            ? new(line.Protocol, own.PublicHost, port, line.Security, line.UserNameFormat, line.Preset, layer)
            : null;
    }

    private static IEnumerable<ConnectionLine> Usual(MailProtocol protocol, PodKind pod, MailServerAddresses own) => pod switch
    {
        PodKind.Embedded => OwnLines(protocol, own),
        PodKind.ExchangeScript => [ExchangeOnlineLine(protocol)],
        // Another mail system's addresses are known to nobody but its administrator.
        _ => [],
    };

    private static IEnumerable<ConnectionLine> OwnLines(MailProtocol protocol, MailServerAddresses own) =>
        from security in OwnSecurities
        let port = own.PortOf(protocol, security)
        where port is not null
        select new ConnectionLine(protocol, own.PublicHost, port.Value, security, UserNameFormat.Address, EndpointPreset.ThisServer, ConnectionLayer.Usual);

    private static ConnectionLine ExchangeOnlineLine(MailProtocol protocol)
    {
        var (host, port, security) = ExchangeOnline(protocol);
        return new(protocol, host, port, security, UserNameFormat.Address, EndpointPreset.ExchangeOnline, ConnectionLayer.Usual);
    }
}

/// <summary>Whose line it is.</summary>
public enum ConnectionLayer : short
{
    Mailbox = 1,
    Domain = 2,
    Tenant = 3,

    /// <summary>Nobody set anything: what the pod usually has.</summary>
    Usual = 4,
}

/// <summary>One line of the table, ready to be typed in.</summary>
public sealed record ConnectionLine(
    MailProtocol Protocol, string Host, int Port, ConnectionSecurity Security, UserNameFormat UserNameFormat, EndpointPreset Preset,
    ConnectionLayer Layer)
{
    /// <summary>What stands in the field for the user name.</summary>
    public string UserNameOf(string address) =>
        UserNameFormat == UserNameFormat.LocalPart ? address[..address.LastIndexOf('@')] : address;
}

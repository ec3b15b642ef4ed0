namespace AdminPortal.Data;

/// <summary>
/// One line of the server, port and encryption table that users type in. Layered: the tenant's lines, unless the domain has its own for
/// that protocol, unless the mailbox has. <see cref="DomainId"/> and <see cref="MailboxId"/> say whose line it is; both null is the tenant's.
/// </summary>
public sealed class MailEndpoint : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid? DomainId { get; init; }

    public Guid? MailboxId { get; init; }

    public MailProtocol Protocol { get; init; }

    public EndpointPreset Preset { get; init; }

    /// <summary>Null for <see cref="EndpointPreset.ThisServer"/>, whose host follows the options.</summary>
    public string? Host { get; set; }

    /// <summary>1 to 65535; null for <see cref="EndpointPreset.ThisServer"/>.</summary>
    public int? Port { get; set; }

    public ConnectionSecurity Security { get; set; }

    public UserNameFormat UserNameFormat { get; set; } = UserNameFormat.Address;

    /// <summary>Order among the lines of one protocol and layer: the first is the one recommended.</summary>
    public short Position { get; set; }

    public long Version { get; set; } = 1;
}

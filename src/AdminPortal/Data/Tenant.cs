namespace AdminPortal.Data;

/// <summary>A customer organisation. Every other row belongs to one.</summary>
public sealed class Tenant : IVersioned
{
    public Guid Id { get; init; }

    /// <summary>The short name in addresses: lower-case letters, digits and hyphens.</summary>
    public required string Slug { get; set; }

    public required string Name { get; set; }

    public AccessSettings Access { get; set; } = AccessSettings.AllEnabled;

    /// <summary>Languages of the tenant's pages, the default first: <c>en</c>, <c>fr</c>.</summary>
    public List<string> Languages { get; set; } = ["en", "fr"];

    public SignInPolicy SignIn { get; set; } = SignInPolicy.Default;

    /// <summary>Whether a mailbox's account password opens it to mail programs too. App passwords always do.</summary>
    public bool AccountPasswordForMail { get; set; } = true;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public long Version { get; set; } = 1;
}

/// <summary>
/// A mail domain. An active one belongs to one organisation alone. One that is only claimed counts for nothing, and several may claim it: a
/// claim must not keep the owner from proving theirs.
/// </summary>
public sealed class Domain : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary>Lower case, in ASCII (IDNA) form.</summary>
    public required string Name { get; init; }

    public AccessSettings Access { get; set; } = AccessSettings.Inherited;

    /// <summary>When the domain became active; null while its ownership is not proven.</summary>
    public DateTimeOffset? ActiveSince { get; set; }

    /// <summary>What its DNS must say before it becomes active; null where nothing has to be proved.</summary>
    public string? Challenge { get; set; }

    public DateTimeOffset ClaimedAt { get; init; }

    /// <summary>When the proof is looked for next; null where it is not.</summary>
    public DateTimeOffset? NextCheckAt { get; set; }

    /// <summary>How often it was looked for by itself; the pauses grow with it.</summary>
    public int Checks { get; init; }

    public long Version { get; set; } = 1;
}

/// <summary>A named set of defaults that mailboxes share. Inherited live: a change here reaches every mailbox of the plan at once.</summary>
public sealed class Plan : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public required string Name { get; set; }

    public AccessSettings Access { get; set; } = AccessSettings.Inherited;

    public ClientPreferences Preferences { get; set; } = ClientPreferences.Unset;

    /// <summary>Octets each of its mailboxes may hold; null: what the installation sets for all.</summary>
    public long? Quota { get; set; }

    public long Version { get; set; } = 1;
}

/// <summary>A mail server that mailboxes are assigned to.</summary>
public sealed class Pod : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public required string Name { get; set; }

    public PodKind Kind { get; set; }

    /// <summary>Where a proxy finds the pod; null for the embedded server.</summary>
    public string? Host { get; set; }

    /// <summary>How a proxy speaks with it: TLS from the first octet, or asked for. Never in the clear.</summary>
    public ConnectionSecurity Security { get; set; } = ConnectionSecurity.ImplicitTls;

    /// <summary>Null: the usual port for that kind of TLS; so the next two.</summary>
    public int? ImapPort { get; set; }

    public int? Pop3Port { get; set; }

    public int? SubmissionPort { get; set; }

    public long Version { get; set; } = 1;

    /// <summary>Where a proxy goes for a protocol (RFC 8314, 7.3 names the usual ports).</summary>
    public int PortOf(MailProtocol protocol) => (protocol, Security) switch
    {
        (MailProtocol.Imap, ConnectionSecurity.StartTls) => ImapPort ?? 143,
        (MailProtocol.Imap, _) => ImapPort ?? 993,
        (MailProtocol.Pop3, ConnectionSecurity.StartTls) => Pop3Port ?? 110,
        (MailProtocol.Pop3, _) => Pop3Port ?? 995,
        (_, ConnectionSecurity.StartTls) => SubmissionPort ?? 587,
        _ => SubmissionPort ?? 465,
    };
}

/// <summary>How a mail program is best set up. Null members are inherited from the plan, then from the product's defaults.</summary>
public sealed record ClientPreferences(
    SendReceive? SendReceive, short? IntervalMinutes, bool? KeepCopyOnServer, bool? UseIdle, AfterDownload? AfterDownload = null)
{
    public static readonly ClientPreferences Unset = new(null, null, null, null);
}

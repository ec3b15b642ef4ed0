namespace AdminPortal.Data;

/// <summary>
/// An allow or a deny that stands above all layers for a while. It holds in <c>[StartsAt, EndsAt)</c>; an allow must end; a deny without
/// an end is a suspension, which only a tenant administrator may lift.
/// </summary>
public sealed class AccessException : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public Guid MailboxId { get; init; }

    public MailProtocol Protocol { get; init; }

    public ExceptionEffect Effect { get; init; }

    public required string Reason { get; init; }

    public string? Ticket { get; init; }

    public DateTimeOffset StartsAt { get; init; }

    public DateTimeOffset? EndsAt { get; set; }

    /// <summary>Who made it, as the audit page names them.</summary>
    public required string CreatedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; set; } = 1;

    public bool IsSuspension => Effect == ExceptionEffect.Deny && EndsAt is null;

    public bool HoldsAt(DateTimeOffset at) => StartsAt <= at && (EndsAt is null || at < EndsAt);
}

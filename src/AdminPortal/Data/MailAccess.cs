namespace AdminPortal.Data;

/// <summary>
/// Who decides whether a mailbox may use a protocol. The SQL view <c>effective_mail_access</c> says the same for logins; a property
/// test holds the two equal. Precedence: suspension, deny exception, allow exception, then the nearest layer that says something:
/// mailbox, plan, domain, tenant.
/// </summary>
public static class MailAccess
{
    public static readonly IReadOnlyList<MailProtocol> Protocols = [MailProtocol.Pop3, MailProtocol.Imap, MailProtocol.Smtp];

    /// <summary>The decision for one protocol at one moment.</summary>
    public static AccessDecision Decide(AccessLayers layers, MailProtocol protocol, DateTimeOffset at)
    {
        var exception = Strongest(layers.Exceptions, protocol, at);
        if (exception is not null)
            return new(protocol, exception.Effect == ExceptionEffect.Allow, DecidedBy.Exception, exception);

        var (decidedBy, setting) = NearestLayer(layers, protocol);
        return new(protocol, setting == AccessSetting.Enabled, decidedBy, null);
    }

    /// <summary>Every layer that has a say about one protocol, strongest first, with the one that wins marked.</summary>
    public static IReadOnlyList<ExplainedLayer> Explain(AccessLayers layers, MailProtocol protocol, DateTimeOffset at)
    {
        var decision = Decide(layers, protocol, at);
        var explained = new List<ExplainedLayer>();
        foreach (var exception in layers.Exceptions.Where(e => e.Protocol == protocol && e.HoldsAt(at)).OrderByDescending(Strength))
            explained.Add(new(DecidedBy.Exception, SettingOf(exception), ReferenceEquals(exception, decision.Exception), exception));

        explained.Add(Layer(DecidedBy.Mailbox, layers.Mailbox));
        if (layers.Plan is not null)
            explained.Add(Layer(DecidedBy.Plan, layers.Plan));
        explained.Add(Layer(DecidedBy.Domain, layers.Domain));
        explained.Add(Layer(DecidedBy.Tenant, layers.Tenant));
        return explained;

        ExplainedLayer Layer(DecidedBy layer, AccessSettings settings) => new(layer, settings[protocol], decision.DecidedBy == layer, null);
    }

    private static (DecidedBy, AccessSetting) NearestLayer(AccessLayers layers, MailProtocol protocol)
    {
        if (layers.Mailbox[protocol] is not AccessSetting.Inherit and var byMailbox) return (DecidedBy.Mailbox, byMailbox);
        if (layers.Plan?[protocol] is { } byPlan and not AccessSetting.Inherit) return (DecidedBy.Plan, byPlan);
        if (layers.Domain[protocol] is not AccessSetting.Inherit and var byDomain) return (DecidedBy.Domain, byDomain);
        return (DecidedBy.Tenant, layers.Tenant[protocol]);
    }

    private static AccessException? Strongest(IEnumerable<AccessException> exceptions, MailProtocol protocol, DateTimeOffset at) =>
        exceptions.Where(e => e.Protocol == protocol && e.HoldsAt(at)).MaxBy(Strength);

    private static int Strength(AccessException exception) =>
        exception.IsSuspension ? 3 : exception.Effect == ExceptionEffect.Deny ? 2 : 1;

    private static AccessSetting SettingOf(AccessException exception) =>
        exception.Effect == ExceptionEffect.Allow ? AccessSetting.Enabled : AccessSetting.Disabled;
}

/// <summary>All that has a say about one mailbox. <paramref name="Plan"/> is null for a mailbox without a plan.</summary>
public sealed record AccessLayers(
    AccessSettings Tenant,
    AccessSettings Domain,
    AccessSettings? Plan,
    AccessSettings Mailbox,
    IReadOnlyList<AccessException> Exceptions);

/// <summary>Whether a protocol is allowed, and which layer said so.</summary>
public sealed record AccessDecision(MailProtocol Protocol, bool Allowed, DecidedBy DecidedBy, AccessException? Exception);

/// <summary>One layer in an explanation.</summary>
public sealed record ExplainedLayer(DecidedBy Layer, AccessSetting Setting, bool Wins, AccessException? Exception);

using AdminPortal.Data;

namespace AdminPortal.Features.MailAccess;

/// <summary>One layer of an explanation, strongest first.</summary>
/// <param name="Layer">Where.</param>
/// <param name="Name">What the layer is called: the address, the plan's, domain's or tenant's name; an exception's reason.</param>
/// <param name="Setting">What it says.</param>
/// <param name="Wins">Whether it decides.</param>
/// <param name="SetBy">Who set it; null where that is not on record.</param>
/// <param name="SetAt">When it was set; null where that is not on record.</param>
public sealed record LayerExplanation(DecidedBy Layer, string Name, AccessSetting Setting, bool Wins, string? SetBy, DateTimeOffset? SetAt);

/// <summary>Every layer that has a say about each protocol, the winner, who set it and when.</summary>
public sealed record AccessExplanation(
    IReadOnlyList<LayerExplanation> Pop3, IReadOnlyList<LayerExplanation> Imap, IReadOnlyList<LayerExplanation> Smtp)
{
    public IReadOnlyList<LayerExplanation> this[MailProtocol protocol] => protocol switch
    {
        MailProtocol.Pop3 => Pop3,
        MailProtocol.Imap => Imap,
        _ => Smtp,
    };
}

public sealed class ExplainMailAccess(GetMailAccess get, AccessHistory history)
{
    /// <returns>Null where the tenant has no such mailbox.</returns>
    public async Task<(MailboxAccess Access, AccessExplanation Explanation)?> HandleAsync(string mailbox, CancellationToken cancellationToken)
    {
        if (await get.FindAsync(mailbox, cancellationToken) is not { } access) return null;
        var changes = await history.OfAsync(access, cancellationToken);
        return (access, new(Explain(MailProtocol.Pop3), Explain(MailProtocol.Imap), Explain(MailProtocol.Smtp)));

        IReadOnlyList<LayerExplanation> Explain(MailProtocol protocol) =>
            Data.MailAccess.Explain(access.With.Layers, protocol, access.At)
                .Select(layer => Name(layer, access, changes.GetValueOrDefault((layer.Layer, protocol))))
                .ToList();
    }

    private static LayerExplanation Name(ExplainedLayer layer, MailboxAccess access, AccessChangeOnRecord? change) => layer.Exception is { } exception
        ? new(layer.Layer, exception.Reason, layer.Setting, layer.Wins, exception.CreatedBy, exception.CreatedAt)
        : new(layer.Layer, access.LayerName(layer.Layer) ?? "", layer.Setting, layer.Wins, change?.By, change?.At);
}

using AdminPortal.Data;
using AdminPortal.Features.Shared;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Features.ConnectionSettings;

/// <summary>
/// What to type into a mail program for one mailbox, with copy buttons, and why something is missing. On the mailbox's page and the owner's:
/// <c>@await Component.InvokeAsync("ConnectionTable", new { mailbox = id })</c>, with <c>own = true</c> for the owner.
/// </summary>
public sealed class ConnectionTableViewComponent : ViewComponent
{
    // A view component must be public, what it asks is internal: so it asks for it here and not in its constructor.
    public async Task<IViewComponentResult> InvokeAsync(Guid mailbox, bool own = false)
    {
        var services = HttpContext.RequestServices;
        var found = await services.GetRequiredService<GetConnectionSettings>().FindAsync(mailbox.ToString(), HttpContext.RequestAborted);
        return found is null
            ? Content("")
            : View("/Features/ConnectionSettings/Table.cshtml", new TableModel(found, own, services.GetRequiredService<AccessReasons>()));
    }
}

/// <param name="Found">The mailbox and its lines.</param>
/// <param name="Own">The owner reads, on the calm page.</param>
/// <param name="Reasons">Words what is off.</param>
internal sealed record TableModel(MailboxConnection Found, bool Own, AccessReasons Reasons)
{
    // Receiving first, the better way before the older one; then sending.
    private static readonly MailProtocol[] InOrder = [MailProtocol.Imap, MailProtocol.Pop3, MailProtocol.Smtp];

    public string Address => Found.Mailbox.Address;

    public IEnumerable<(MailProtocol Protocol, ConnectionLine Recommended, IReadOnlyList<ConnectionLine> Others)> Offered =>
        from protocol in InOrder
        where Found[protocol].Allowed
        let lines = Found.Lines.Where(line => line.Protocol == protocol).ToList()
        where lines.Count > 0
        select (protocol, lines[0], (IReadOnlyList<ConnectionLine>)lines[1..]);

    /// <summary>On, but nobody has said where.</summary>
    public IEnumerable<MailProtocol> WithoutAddress =>
        InOrder.Where(protocol => Found[protocol].Allowed && Found.Lines.All(line => line.Protocol != protocol));

    public IEnumerable<string> Missing =>
        InOrder.Where(protocol => !Found[protocol].Allowed).Select(protocol => Reasons.Why(Found.With, Found[protocol]));

    public bool IsExchangeOnline => Offered.Any(offered => offered.Recommended.Preset == EndpointPreset.ExchangeOnline);
}

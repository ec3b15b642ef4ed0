using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.MailAccess;

/// <summary>
/// The three protocols of one mailbox side by side: on or off, why, since when and by whom, last use, last check.
/// <c>@await Component.InvokeAsync("MailAccessCards", new { mailbox = id })</c>.
/// </summary>
public sealed class MailAccessCards : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync(Guid mailbox)
    {
        var cards = await HttpContext.RequestServices.GetRequiredService<ShowCards>().HandleAsync(mailbox, HttpContext.RequestAborted);
        return View("/Features/MailAccess/_Cards.cshtml", cards);
    }
}

/// <summary>One card.</summary>
/// <param name="Switch">The switch at its head.</param>
/// <param name="Layers">Who has a say, strongest first.</param>
/// <param name="LastUse">The last sign-in that succeeded.</param>
/// <param name="LastCheck">The last check that was kept.</param>
/// <param name="OpenSessions">How many mail programs are signed in, as far as this process serves them.</param>
internal sealed record CardShown(
    SwitchShown Switch, IReadOnlyList<LayerExplanation> Layers, DateTimeOffset? LastUse, CheckShown? LastCheck, int OpenSessions)
{
    public LayerExplanation Winner => Layers.First(layer => layer.Wins);
}

/// <param name="Verdict">As the check named it.</param>
/// <param name="At">When.</param>
internal sealed record CheckShown(string Verdict, DateTimeOffset At);

/// <summary>Gathers what the cards show.</summary>
internal sealed class ShowCards(ExplainMailAccess explain, PortalDbContext db, LiveSessions live, CurrentTenant tenant)
{
    /// <returns>Nothing where the tenant has no such mailbox.</returns>
    public async Task<IReadOnlyList<CardShown>> HandleAsync(Guid mailbox, CancellationToken cancellationToken)
    {
        if (await explain.HandleAsync(mailbox.ToString(), cancellationToken) is not var (access, explanation)) return [];
        var lastUses = await LastUsesAsync(mailbox, cancellationToken);
        var lastChecks = await LastChecksAsync(mailbox, cancellationToken);
        var open = live.Of(tenant.Id, mailbox);
        return [.. Data.MailAccess.Protocols.Select(protocol => new CardShown(
            new(access, protocol, tenant), explanation[protocol],
            lastUses.TryGetValue(protocol, out var at) ? at : null, lastChecks.GetValueOrDefault(protocol),
            open.Count(session => session.Protocol == protocol && !session.Ended.IsCompleted)))];
    }

    private async Task<Dictionary<MailProtocol, DateTimeOffset>> LastUsesAsync(Guid mailbox, CancellationToken cancellationToken) =>
        await db.SignInAttempts.Where(a => a.MailboxId == mailbox && a.Result == MailSignInResult.Succeeded)
            .GroupBy(a => a.Protocol).Select(g => new { g.Key, At = g.Max(a => a.LastAt) })
            .ToDictionaryAsync(g => g.Key, g => g.At, cancellationToken);

    private async Task<Dictionary<MailProtocol, CheckShown>> LastChecksAsync(Guid mailbox, CancellationToken cancellationToken) =>
        await db.ConnectivityChecks.Where(c => c.MailboxId == mailbox)
            .GroupBy(c => c.Protocol).Select(g => g.OrderByDescending(c => c.At).Select(c => new { c.Protocol, c.Verdict, c.At }).First())
            .ToDictionaryAsync(c => c.Protocol, c => new CheckShown(c.Verdict, c.At), cancellationToken);
}

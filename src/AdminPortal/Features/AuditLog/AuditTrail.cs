using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Features.AuditLog;

/// <summary>
/// The newest events, of one thing or of all: <c>@await Component.InvokeAsync("AuditTrail", new { target = mailbox.Id, count = 20 })</c>; with
/// <c>changes = true</c> without the comings and goings of those who made them. Who may see it is the page's question (<see cref="Policies.ReadAudit"/>).
/// </summary>
public sealed class AuditTrail : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync(Guid? target = null, int count = 20, bool changes = false)
    {
        var services = HttpContext.RequestServices;
        var events = await services.GetRequiredService<ReadAuditLog>()
            .ListAsync(new(Target: target?.ToString(), OnlyChanges: changes), before: null, count, HttpContext.RequestAborted);
        var address = $"/t/{Uri.EscapeDataString(services.GetRequiredService<CurrentTenant>().Slug)}";
        return View("/Features/AuditLog/_Trail.cshtml", new EventsShown(events, address, WithTarget: target is null) { Target = target });
    }
}

/// <param name="Events">Newest first.</param>
/// <param name="Base">The tenant's address.</param>
/// <param name="WithTarget">Whether it must be said what was changed.</param>
internal sealed record EventsShown(IReadOnlyList<AuditEvent> Events, string Base, bool WithTarget)
{
    public Guid? Target { get; init; }
}

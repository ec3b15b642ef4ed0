using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>
/// How a mailbox is best used, what a download does, and how much it holds. On the mailbox's page and the owner's:
/// <c>@await Component.InvokeAsync("ClientPreferences", new { mailbox = id })</c>, with <c>own = true</c> for the owner, who only reads.
/// </summary>
public sealed class ClientPreferencesViewComponent : ViewComponent
{
    // A view component must be public, what it asks is internal: so it asks for it here and not in its constructor.
    public async Task<IViewComponentResult> InvokeAsync(Guid mailbox, bool own = false)
    {
        var (services, cancellationToken) = (HttpContext.RequestServices, HttpContext.RequestAborted);
        if (await services.GetRequiredService<GetClientPreferences>().FindAsync(mailbox.ToString(), cancellationToken) is not { } found
            || await services.GetRequiredService<GetStorage>().FindAsync(mailbox.ToString(), cancellationToken) is not { } storage)
            return Content("");
        var tenant = services.GetRequiredService<CurrentTenant>();
        var mayChange = !own && Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);
        var change = mayChange ? $"/t/{Uri.EscapeDataString(tenant.Slug)}/mailboxes/{Uri.EscapeDataString(found.Mailbox.Address)}/preferences" : null;
        return View("/Features/ClientPreferences/Section.cshtml", new FactsShown(found.Advice, storage.Used, storage.Limit, change, own));
    }
}

/// <param name="Advice">What holds.</param>
/// <param name="Used">Octets held; null where no single mailbox is meant.</param>
/// <param name="Limit">Octets that may be held.</param>
/// <param name="Change">Where it is changed; null for who may not.</param>
/// <param name="Own">The owner reads, on a page that has said the rest in sentences.</param>
internal sealed record FactsShown(ClientAdvice Advice, long? Used, long Limit, string? Change, bool Own = false);

using AdminPortal.Data;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>
/// The sign-in page's part for organisations: one button for each of their providers, found by the tenant in the address or by the domain
/// of the mail address that was typed in. Whoever stands before the @ makes no difference; a domain without providers, one that is nobody's and
/// one that is no domain at all read the same.
/// </summary>
public sealed class OrganisationSignInViewComponent(CrossTenant crossTenant) : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync(string? tenant, string? address, string? returnUrl)
    {
        var wanted = tenant ?? DomainOf(address);
        var offered = wanted is null ? [] : await crossTenant.SignInProvidersOfAsync(wanted, HttpContext.RequestAborted);
        return View("~/Features/SignIn/OpenIdConnect/_Organisation.cshtml", new OrganisationShown(offered, address, returnUrl, HasAsked: tenant is not null || address is not null));
    }

    private static string? DomainOf(string? address) =>
        address is null ? null : MailAddressName.NormaliseDomain(address[(address.LastIndexOf('@') + 1)..].Trim());
}

/// <param name="Offered">The buttons.</param>
/// <param name="Address">What was typed in.</param>
/// <param name="ReturnUrl">Where the person wanted to go.</param>
/// <param name="HasAsked">Whether somebody asked for an organisation at all.</param>
internal sealed record OrganisationShown(IReadOnlyList<OfferedProvider> Offered, string? Address, string? ReturnUrl, bool HasAsked)
{
    public string Href(OfferedProvider provider) =>
        $"/sign-in/with/{provider.Slug}/{provider.Id}{(ReturnUrl is null ? "" : $"?returnUrl={Uri.EscapeDataString(ReturnUrl)}")}";
}

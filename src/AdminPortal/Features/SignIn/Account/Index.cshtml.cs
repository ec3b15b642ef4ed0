using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>How the portal calls and addresses the person who is here.</summary>
[Authorize]
internal sealed class IndexModel(OwnFactors own, UserManager<PortalUser> users, CurrentUser user, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, StringLength(100), Display(Name = "DisplayName")]
    public string? DisplayName { get; set; }

    [BindProperty]
    public string? Language { get; set; }

    public string UserName => user.Name;

    public bool IsByIssuer => user.Session is not { VouchedBy: null };

    public async Task OnGetAsync()
    {
        var person = await own.PersonAsync();
        (DisplayName, Language) = (person.DisplayName, person.Language);
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (IsByIssuer) return RedirectToPage();
        if (!ModelState.IsValid) return Page();
        var person = await own.PersonAsync();
        person.DisplayName = string.IsNullOrWhiteSpace(DisplayName) ? null : DisplayName.Trim();
        person.Language = Hosting.Language.Find(Language)?.Code;
        await users.UpdateAsync(person);
        new StatusMessage(texts["ProfileSaved"]).KeepFor(TempData);
        return RedirectToPage();
    }
}

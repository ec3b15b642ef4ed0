using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.AppPasswords;

/// <summary>What an administrator's page and the owner's have in common; only whose mailbox it is, and who may ask, they say themselves.</summary>
internal abstract class AppPasswordPage(ManageAppPasswords manage, IStringLocalizer<Text> texts) : PageModel
{
    protected ManageAppPasswords Manage => manage;

    protected IStringLocalizer<Text> Texts => texts;

    public Mailbox Mailbox { get; private set; } = null!;

    public AppPasswordPlace Place { get; private set; } = null!;

    protected async Task<bool> FindAsync(string mailbox, Func<Mailbox, AppPasswordPlace> place, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return false;
        (Mailbox, Place) = (found, place(found));
        return true;
    }

    protected void Say(AppPasswordFault fault) => ModelState.AddModelError("", texts[$"Fault{fault}", Networks.Most]);
}

/// <summary>Makes one, and shows it in the answer to the form: there alone, and never again.</summary>
internal abstract class NewAppPasswordPage(ManageAppPasswords manage, IStringLocalizer<Text> texts) : AppPasswordPage(manage, texts)
{
    [BindProperty]
    public AppPasswordForm Form { get; set; } = new();

    public AppPasswordOutcome.Created? Made { get; private set; }

    protected void Prepare() => Form.Protocols = [.. MailProtocols.All.Select(p => p.Word())];

    protected async Task<IActionResult> MakeAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        switch (await Manage.CreateAsync(Mailbox, new(Form.Name, Form.Chosen, Networks.Lines(Form.Networks), Form.End(null)), cancellationToken))
        {
            case AppPasswordOutcome.Created made:
                Made = made;
                break;
            case AppPasswordOutcome.Invalid(_, var fault, _):
                Say(fault);
                break;
            case AppPasswordOutcome.Refused(var fault, _):
                Say(fault);
                break;
        }
        return Page();
    }
}

/// <summary>Changes what one is called and good for.</summary>
internal abstract class ChangeAppPasswordPage(ManageAppPasswords manage, IStringLocalizer<Text> texts) : AppPasswordPage(manage, texts)
{
    [BindProperty]
    public AppPasswordForm Form { get; set; } = new();

    public MailCredential Shown { get; private set; } = null!;

    protected async Task<IActionResult> ShowAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await Manage.FindAsync(Mailbox.Id, id, cancellationToken) is not { } found) return NotFound();
        (Shown, Form) = (found, AppPasswordForm.Of(found));
        return Page();
    }

    protected async Task<IActionResult> SaveAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await Manage.FindAsync(Mailbox.Id, id, cancellationToken) is not { } found) return NotFound();
        Shown = found;
        if (!ModelState.IsValid) return Page();
        switch (await Manage.ChangeAsync(Mailbox, id, Form.Name, Form.Chosen, Networks.Lines(Form.Networks), Form.End(found.ExpiresAt), cancellationToken))
        {
            case AppPasswordOutcome.Done:
                new StatusMessage(Texts["Saved", Form.Name]).KeepFor(TempData);
                return LocalRedirect(Place.List);
            case AppPasswordOutcome.Invalid(_, var fault, _):
                Say(fault);
                return Page();
            default:
                return NotFound();
        }
    }
}

/// <summary>What a form asks for.</summary>
internal sealed class AppPasswordForm
{
    [Required, StringLength(ManageAppPasswords.LongestName), Display(Name = "Name")]
    public string Name { get; set; } = "";

    public string[] Protocols { get; set; } = [];

    [StringLength(2_000)]
    public string? Networks { get; set; }

    public DateOnly? LastDay { get; set; }

    public IReadOnlyList<MailProtocol> Chosen => [.. Protocols.Select(MailProtocols.Read).OfType<MailProtocol>().Distinct()];

    // A day that was not touched leaves the hour as it was.
    public DateTimeOffset? End(DateTimeOffset? before) => LastDay switch
    {
        null => null,
        { } day when before is { } end && Hosting.LastDay.Before(end) == day => end,
        { } day => Hosting.LastDay.EndOf(day),
    };

    public static AppPasswordForm Of(MailCredential credential) => new()
    {
        Name = credential.Label,
        Protocols = [.. credential.Protocols.Select(p => p.Word())],
        Networks = string.Join('\n', credential.Networks),
        LastDay = credential.ExpiresAt is { } end ? Hosting.LastDay.Before(end) : null,
    };
}

using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.MailAccess;

/// <summary>
/// Where every switch posts. It answers in words where the change happened: with the switch or card anew and the sentence in the status
/// region, or, without scripts, back on the page with the sentence.
/// </summary>
[Authorize(Policy = Policies.SwitchAccess)]
internal sealed class SwitchModel(SetMailAccess set, ShowCards cards, SwitchSentences sentences, CurrentTenant tenant) : PageModel
{
    // Somebody reloaded an answer.
    public IActionResult OnGet(Guid mailbox) => LocalRedirect($"/t/{Uri.EscapeDataString(tenant.Slug)}/mailboxes/{mailbox}");

    /// <param name="mailbox">Whose switch.</param>
    /// <param name="protocol">Which; the form's field of that name says what it shall be.</param>
    /// <param name="card">Posted from a card, to be answered with one.</param>
    /// <param name="seen">The tag of what the card showed; without it the wish holds whatever it is now.</param>
    /// <param name="returnUrl">The page to go back to without scripts.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    public async Task<IActionResult> OnPostAsync(
        Guid mailbox, string protocol, bool card, string? seen, [FromForm] string? returnUrl, CancellationToken cancellationToken)
    {
        if (MailProtocols.Read(protocol) is not { } which || AccessWords.ReadSetting(Request.Form[protocol]) is not { } wanted) return BadRequest();

        var isExpected = string.IsNullOrEmpty(seen) ? (Func<MailboxAccess, bool>?)null : access => access.TagOf(which) == seen;
        var outcome = await set.HandleAsync(new(mailbox.ToString(), new AccessChanges().With(which, wanted), IsExpected: isExpected), cancellationToken);
        return outcome switch
        {
            SetMailAccessOutcome.Changed changed => await AnswerAsync(changed.Now, changed, which, card, returnUrl, cancellationToken),
            SetMailAccessOutcome.Unchanged unchanged => await AnswerAsync(unchanged.Now, unchanged, which, card, returnUrl, cancellationToken),
            SetMailAccessOutcome.Conflict conflict => await AnswerAsync(conflict.Current, conflict, which, card, returnUrl, cancellationToken),
            _ => NotFound(),
        };
    }

    private async Task<IActionResult> AnswerAsync(
        MailboxAccess now, SetMailAccessOutcome outcome, MailProtocol protocol, bool card, string? returnUrl, CancellationToken cancellationToken)
    {
        var shown = new SwitchShown(now, protocol, tenant);
        var message = sentences.Tell(outcome, shown, card ? shown.ActionOfCard : shown.Action);
        if (!Request.Headers.ContainsKey("HX-Request")) return Back(message, returnUrl);

        var again = card ? (await cards.HandleAsync(now.Mailbox.Id, cancellationToken)).Single(c => c.Switch.Protocol == protocol) : null;
        return Partial("_SwitchAnswer", new SwitchAnswer(shown, again, message));
    }

    private LocalRedirectResult Back(StatusMessage message, string? returnUrl)
    {
        message.KeepFor(TempData);
        return LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : $"/t/{Uri.EscapeDataString(tenant.Slug)}/mailboxes");
    }
}

/// <param name="Switch">The switch anew.</param>
/// <param name="Card">The card anew, where a card asked.</param>
/// <param name="Message">What to say of it.</param>
internal sealed record SwitchAnswer(SwitchShown Switch, CardShown? Card, StatusMessage Message);

using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>Where one is signed in, and the way to end it. Another person's session is not there, whatever its id.</summary>
[Authorize]
internal sealed class SessionsModel(Sessions sessions, CurrentUser user, SignInRecord record, IStringLocalizer<Text> texts) : PageModel
{
    public string UserName => user.Name;

    public Guid Own => user.Session!.Id;

    public IReadOnlyList<PortalSession> Open { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (user.Session is not { } own) return Forbid();
        Open = await sessions.ListAsync(user.UserId, own.VouchedBy, cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostEndAsync(Guid id, CancellationToken cancellationToken) =>
        (await SeenAsync(cancellationToken)).Any(s => s.Id == id) ? await EndAsync([id], cancellationToken) : NotFound();

    public async Task<IActionResult> OnPostEndOthersAsync(CancellationToken cancellationToken) =>
        await EndAsync((await SeenAsync(cancellationToken)).Select(s => s.Id).Where(id => id != Own), cancellationToken);

    private Task<List<PortalSession>> SeenAsync(CancellationToken cancellationToken) =>
        sessions.ListAsync(user.UserId, user.Session!.VouchedBy, cancellationToken);

    private async Task<IActionResult> EndAsync(IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        var ended = 0;
        foreach (var id in ids) ended += await sessions.EndAsync(user.UserId, id, cancellationToken) ? 1 : 0;
        if (ended > 0) await record.WriteAsync(user.UserId, user.Name, AuditActions.SessionsEnded, cancellationToken);
        new StatusMessage(texts.Count("SessionsEnded", ended)).KeepFor(TempData);
        return RedirectToPage();
    }
}

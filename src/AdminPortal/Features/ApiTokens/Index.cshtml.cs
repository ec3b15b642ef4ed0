using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ApiTokens;

/// <summary>One's own tokens, and for an administrator all of the tenant's: what each may be used for, from where, and when it was.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class IndexModel(ManageApiTokens manage, PortalDbContext db, CurrentTenant tenant, TimeProvider time, IStringLocalizer<Text> texts) : PageModel
{
    private const int PageSize = 50;
    private IReadOnlyDictionary<Guid, string> owners = new Dictionary<Guid, string>();

    public IReadOnlyList<ApiToken> Tokens { get; private set; } = [];

    public string? Next { get; private set; }

    public bool SeesAll => manage.SeesAll;

    public bool MayMake => manage.ScopesToGive.Count > 0;

    public DateTimeOffset Now => time.GetUtcNow();

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}/settings/tokens";

    public bool IsOwn(ApiToken token) => manage.IsOwn(token);

    public string? OwnerOf(ApiToken token) => owners.GetValueOrDefault(token.UserId);

    public async Task OnGetAsync(string? cursor, CancellationToken cancellationToken)
    {
        var found = await manage.PageAsync(Cursor.TryParse(cursor, null, out var place) ? place : null, PageSize, cancellationToken);
        Tokens = [.. found.Take(PageSize)];
        Next = found.Count > PageSize ? Cursor.Encode(Tokens[^1].Id) : null;
        var ids = Tokens.Select(t => t.UserId).Distinct().ToList();
        owners = await db.Users.Where(u => ids.Contains(u.Id)).ToDictionaryAsync(u => u.Id, u => u.DisplayName ?? u.UserName!, cancellationToken);
    }

    [RequireStepUp]
    public async Task<IActionResult> OnPostRevokeAsync(Guid token, CancellationToken cancellationToken)
    {
        if (await manage.RevokeAsync(token, null, cancellationToken) is not TokenOutcome.Done(var revoked)) return NotFound();
        new StatusMessage(texts["RevokedNamed", revoked.Name]).KeepFor(TempData);
        return RedirectToPage();
    }
}

using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Operations;

/// <summary>What ran, what runs and what waits, newest first.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class IndexModel(GetOperations operations, CurrentTenant tenant) : PageModel
{
    private const int PageSize = 50;

    public IReadOnlyList<Operation> Operations { get; private set; } = [];

    public string? Next { get; private set; }

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    /// <param name="cursor">Where to go on; one that is none, from an old bookmark, begins at the beginning.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task OnGetAsync(string? cursor, CancellationToken cancellationToken)
    {
        Guid? before = Cursor.TryParse(cursor, null, out var place) ? place.Read<Guid>() : null;
        var found = await operations.ListAsync(before, PageSize + 1, cancellationToken);
        var page = PageOf<Operation>.Cut(found, PageSize, o => o, o => o.Id);
        (Operations, Next) = (page.Items, page.Next);
    }

    public static Standing StandingOf(Operation operation) => operation.State switch
    {
        OperationState.Succeeded => Standing.Good,
        OperationState.Failed => Standing.Bad,
        _ => Standing.Open,
    };
}

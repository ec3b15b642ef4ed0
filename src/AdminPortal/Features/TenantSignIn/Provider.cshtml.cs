using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>One OpenID Connect provider: to be added, changed, removed.</summary>
[Authorize(Policy = Policies.ManageTenant), RequireStepUp]
internal sealed class ProviderModel(ProviderActions providers, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    public static readonly PortalRole[] Grantable = [PortalRole.Auditor, PortalRole.Helpdesk, PortalRole.TenantAdmin];
    private const int EmptyRows = 3;

    [BindProperty]
    public ProviderInput Input { get; set; } = new();

    public Guid? Id { get; private set; }

    public bool IsNew => Id is null;

    public bool HasSecret { get; private set; }

    public long Version { get; private set; }

    public async Task<IActionResult> OnGetAsync(string provider, CancellationToken cancellationToken)
    {
        if (!await FindAsync(provider, fill: true, cancellationToken)) return NotFound();
        return Page();
    }

    public async Task<IActionResult> OnPostSaveAsync(string provider, long version, CancellationToken cancellationToken)
    {
        if (!await FindAsync(provider, fill: false, cancellationToken)) return NotFound();
        if (!ModelState.IsValid) return Again();
        var outcome = Id is { } id
            ? await providers.ChangeAsync(id, _ => Input.ToWanted(), Input.Secrets(), Precondition.Of([ETags.Of(version).ToString()]), cancellationToken)
            : (await providers.CreateAsync(Input.ToWanted(), Input.Secret, cancellationToken)).Outcome;
        return Onwards(outcome, "ProviderSaved");
    }

    public async Task<IActionResult> OnPostDeleteAsync(string provider, long version, CancellationToken cancellationToken)
    {
        if (!await FindAsync(provider, fill: true, cancellationToken) || Id is not { } id) return NotFound();
        ModelState.Clear();
        return Onwards(await providers.DeleteAsync(id, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken), "ProviderDeleted");
    }

    private IActionResult Onwards(ChangeOutcome outcome, string done)
    {
        switch (outcome)
        {
            case ChangeOutcome.Done:
                new StatusMessage(texts[done]).KeepFor(TempData);
                return LocalRedirect($"/t/{tenant.Slug}/settings/sign-in");
            case ChangeOutcome.NotFound:
                return NotFound();
            case ChangeOutcome.Invalid(var field, _):
                var name = PropertyOf(field);
                ModelState.AddModelError($"Input.{name}", texts[$"Wrong{name}"]);
                return Again();
            default:
                ModelState.AddModelError("", texts[outcome switch
                {
                    ChangeOutcome.Stale => "ChangedMeanwhile",
                    ChangeOutcome.Refused { Why: ProviderActions.LastWayIn } => "LastWayIn",
                    _ => "NameTaken",
                }]);
                return Again();
        }
    }

    private static string PropertyOf(string field) => field == "clientSecret" ? nameof(ProviderInput.Secret) : $"{char.ToUpperInvariant(field[0])}{field[1..]}";

    private PageResult Again()
    {
        Input.AddRows(EmptyRows);
        return Page();
    }

    private async Task<bool> FindAsync(string provider, bool fill, CancellationToken cancellationToken)
    {
        if (provider == "new")
        {
            if (fill) Input = new() { Scopes = string.Join(' ', SignInProvider.DefaultScopes), Enabled = true };
            Input.AddRows(fill ? EmptyRows : 0);
            return true;
        }
        if (!Guid.TryParse(provider, out var id) || await providers.FindAsync(id, cancellationToken) is not { } found) return false;
        (Id, HasSecret, Version) = (found.Id, found.ProtectedSecret is not null, found.Version);
        if (fill)
        {
            Input = ProviderInput.Of(found);
            Input.AddRows(EmptyRows);
        }
        return true;
    }
}

/// <summary>A provider as it is typed in.</summary>
internal sealed class ProviderInput
{
    [Required, StringLength(60), Display(Name = "Name")]
    public string Name { get; set; } = "";

    [Required, StringLength(300), Display(Name = "Issuer")]
    public string Issuer { get; set; } = "";

    [Required, StringLength(200), Display(Name = "ClientId")]
    public string ClientId { get; set; } = "";

    /// <summary>Empty: as it was.</summary>
    [StringLength(500), Display(Name = "Secret")]
    public string? Secret { get; set; }

    public bool RemoveSecret { get; set; }

    [StringLength(400), Display(Name = "Scopes")]
    public string? Scopes { get; set; }

    public AddressTrust AddressTrust { get; set; } = AddressTrust.VerifiedClaim;

    public bool Enabled { get; set; }

    public List<RuleInput> Roles { get; set; } = [];

    public static ProviderInput Of(SignInProvider provider) => new()
    {
        Name = provider.Name,
        Issuer = provider.Issuer,
        ClientId = provider.ClientId,
        Scopes = string.Join(' ', provider.Scopes),
        AddressTrust = provider.AddressTrust,
        Enabled = provider.Enabled,
        Roles = [.. provider.Roles.OrderBy(r => r.Position).Select(r => new RuleInput { Claim = r.Claim, Value = r.Value, Role = r.Role })],
    };

    public WantedProvider ToWanted() => new(
        Name.Trim(), Issuer.Trim(), ClientId.Trim(), (Scopes ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), AddressTrust, Enabled,
        [.. Roles.Where(r => !string.IsNullOrWhiteSpace(r.Claim) || !string.IsNullOrWhiteSpace(r.Value)).Select(r => new RoleRule(r.Claim?.Trim() ?? "", r.Value?.Trim() ?? "", r.Role))]);

    public (bool IsGiven, string? Secret) Secrets() => (RemoveSecret || !string.IsNullOrEmpty(Secret), RemoveSecret ? null : Secret);

    public void AddRows(int empty)
    {
        Roles.RemoveAll(r => string.IsNullOrWhiteSpace(r.Claim) && string.IsNullOrWhiteSpace(r.Value));
        Roles.AddRange(Enumerable.Range(0, empty).Select(_ => new RuleInput()));
    }
}

/// <summary>One line of the rules.</summary>
internal sealed class RuleInput
{
    public string? Claim { get; set; }

    public string? Value { get; set; }

    public PortalRole Role { get; set; } = PortalRole.Auditor;
}

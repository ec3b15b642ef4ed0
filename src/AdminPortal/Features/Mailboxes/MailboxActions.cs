using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Mailboxes;

/// <summary>A mailbox to make.</summary>
/// <param name="Address">Its primary address, in an active domain of the tenant.</param>
/// <param name="DisplayName">The name that people see; the address when absent.</param>
/// <param name="Plan">A plan's name or id; none when absent.</param>
/// <param name="Pod">A mail server's name or id; the tenant's first when absent.</param>
/// <param name="Aliases">Other addresses, in active domains of the tenant.</param>
/// <param name="ExternalId">Its identity in the customer's own directory.</param>
/// <param name="Language">Of refusals and hand-outs: en or fr; the tenant's first when absent.</param>
internal sealed record CreateMailboxRequest(
    string Address, string? DisplayName = null, string? Plan = null, string? Pod = null, IReadOnlyList<string>? Aliases = null,
    string? ExternalId = null, string? Language = null);

/// <summary>What of a mailbox may be changed. Its address and its access are not: the one is its name, the other has a route of its own.</summary>
/// <param name="DisplayName">The name that people see.</param>
/// <param name="Plan">A plan's name or id; null takes the plan away.</param>
/// <param name="Pod">A mail server's name or id.</param>
/// <param name="Aliases">All other addresses.</param>
/// <param name="ExternalId">Its identity in the customer's own directory.</param>
/// <param name="Language">Of refusals and hand-outs: en or fr; null follows the tenant.</param>
/// <param name="Quota">Octets that it may hold; null follows the plan, then the installation.</param>
internal sealed record MailboxPatch(
    string? DisplayName = null, string? Plan = null, string? Pod = null, IReadOnlyList<string>? Aliases = null, string? ExternalId = null,
    string? Language = null, long? Quota = null);

/// <summary>Makes, changes and deletes one mailbox.</summary>
internal sealed class MailboxActions(PortalDbContext db, CurrentTenant tenant, RecordedChange change, Actor actor, TimeProvider time)
{
    private const int LongestName = 256;
    private const int MostAliases = 200;
    private const string Taken = "One of these addresses belongs to a mailbox already.";
    private static readonly string[] Languages = ["en", "fr"];

    public async Task<(ChangeOutcome Outcome, Mailbox? Mailbox)> CreateAsync(CreateMailboxRequest request, CancellationToken cancellationToken)
    {
        var (domain, wrong) = await DomainOfAsync("address", request.Address, cancellationToken);
        if (domain is null) return (wrong!, null);
        if (await PodAsync(request.Pod, cancellationToken) is not { } pod) return (new ChangeOutcome.Invalid("pod", "There is no such pod."), null);

        var address = MailAddressName.Normalise(request.Address)!;
        var mailbox = new Mailbox
        {
            TenantId = tenant.Id,
            Id = Guid.CreateVersion7(),
            Address = address,
            DisplayName = request.DisplayName ?? address,
            DomainId = domain.Id,
            PodId = pod.Id,
        };
        if ((SetName(mailbox, mailbox.DisplayName) ?? SetLanguage(mailbox, request.Language) ?? SetExternalId(mailbox, request.ExternalId)
                ?? await SetPlanAsync(mailbox, request.Plan, cancellationToken)
                ?? await SetAliasesAsync(mailbox, request.Aliases ?? [], cancellationToken)) is { } refused) return (refused, null);
        if (await IsTakenAsync([address], mailbox, cancellationToken)) return (new ChangeOutcome.Refused(Taken), null);

        db.Add(mailbox);
        var record = actor.Did(tenant.Id, AuditActions.MailboxCreated, "mailbox", mailbox.Id, mailbox.Address, after: Members(mailbox));
        return (await change.SaveAsync(record, moved: null, Taken, cancellationToken), mailbox);
    }

    public async Task<ChangeOutcome> ChangeAsync(
        string addressOrId, MergePatch<MailboxPatch> patch, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(addressOrId, cancellationToken) is not { } mailbox) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(mailbox.Version)) return new ChangeOutcome.Stale();

        var (before, plan, pod) = (Members(mailbox), mailbox.PlanId, mailbox.PodId);
        if (await ApplyAsync(mailbox, patch, cancellationToken) is { } refused) return refused;
        if (!db.ChangeTracker.HasChanges()) return new ChangeOutcome.Done();

        mailbox.UpdatedAt = time.GetUtcNow();
        var moved = plan == mailbox.PlanId && pod == mailbox.PodId ? null : new AccessChange(tenant.Id, mailbox.Id);
        var record = actor.Did(tenant.Id, AuditActions.MailboxChanged, "mailbox", mailbox.Id, mailbox.Address, before, Members(mailbox));
        return await change.SaveAsync(record, moved, Taken, cancellationToken);
    }

    /// <summary>Deletes the mailbox with its messages, passwords, sign-ins and checks; the audit trail stays.</summary>
    public async Task<ChangeOutcome> DeleteAsync(string addressOrId, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(addressOrId, cancellationToken) is not { } mailbox) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(mailbox.Version)) return new ChangeOutcome.Stale();

        db.Remove(mailbox);
        var record = actor.Did(tenant.Id, AuditActions.MailboxDeleted, "mailbox", mailbox.Id, mailbox.Address, before: Members(mailbox));
        return await change.SaveAsync(record, new AccessChange(tenant.Id, mailbox.Id), "Something still refers to this mailbox.", cancellationToken);
    }

    private Task<Mailbox?> FindAsync(string addressOrId, CancellationToken cancellationToken) =>
        db.Mailboxes.Include(m => m.Aliases).Named(addressOrId).SingleOrDefaultAsync(cancellationToken);

    /// <summary>Carries the members that were sent over to the mailbox; what is wrong with the first wrong one is the answer.</summary>
    private async Task<ChangeOutcome?> ApplyAsync(Mailbox mailbox, MergePatch<MailboxPatch> patch, CancellationToken cancellationToken) =>
        (patch.Has(p => p.DisplayName, out var name) ? SetName(mailbox, name) : null)
        ?? (patch.Has(p => p.Language, out var language) ? SetLanguage(mailbox, language) : null)
        ?? (patch.Has(p => p.Quota, out var quota) ? SetQuota(mailbox, quota) : null)
        ?? (patch.Has(p => p.ExternalId, out var externalId) ? SetExternalId(mailbox, externalId) : null)
        ?? (patch.Has(p => p.Plan, out var plan) ? await SetPlanAsync(mailbox, plan, cancellationToken) : null)
        ?? (patch.Has(p => p.Pod, out var pod) ? await SetPodAsync(mailbox, pod, cancellationToken) : null)
        ?? (patch.Has(p => p.Aliases, out var aliases) ? await SetAliasesAsync(mailbox, aliases ?? [], cancellationToken) : null);

    private static ChangeOutcome? SetName(Mailbox mailbox, string? name)
    {
        if (name?.Trim().Length is null or 0 or > LongestName) return new ChangeOutcome.Invalid("displayName", $"Give 1 to {LongestName} characters.");
        mailbox.DisplayName = name.Trim();
        return null;
    }

    private static ChangeOutcome? SetLanguage(Mailbox mailbox, string? language)
    {
        if (language is not null && !Languages.Contains(language)) return new ChangeOutcome.Invalid("language", "Use en or fr, or null to follow the tenant.");
        mailbox.Language = language;
        return null;
    }

    private static ChangeOutcome? SetQuota(Mailbox mailbox, long? quota)
    {
        if (quota < 0) return new ChangeOutcome.Invalid("quota", "Give 0 octets or more, or null to follow the plan.");
        mailbox.Quota = quota;
        return null;
    }

    private static ChangeOutcome? SetExternalId(Mailbox mailbox, string? externalId)
    {
        if (externalId?.Length > LongestName) return new ChangeOutcome.Invalid("externalId", $"At most {LongestName} characters.");
        mailbox.ExternalId = string.IsNullOrWhiteSpace(externalId) ? null : externalId.Trim();
        return null;
    }

    private async Task<ChangeOutcome?> SetPlanAsync(Mailbox mailbox, string? nameOrId, CancellationToken cancellationToken)
    {
        var found = nameOrId is null ? null : await PlanAsync(nameOrId, cancellationToken);
        if (nameOrId is not null && found is null) return new ChangeOutcome.Invalid("plan", "There is no such plan.");
        mailbox.PlanId = found;
        return null;
    }

    private async Task<ChangeOutcome?> SetPodAsync(Mailbox mailbox, string? nameOrId, CancellationToken cancellationToken)
    {
        if (nameOrId is null || await PodAsync(nameOrId, cancellationToken) is not { } found) return new ChangeOutcome.Invalid("pod", "There is no such pod.");
        mailbox.PodId = found.Id;
        return null;
    }

    private async Task<ChangeOutcome?> SetAliasesAsync(Mailbox mailbox, IReadOnlyList<string> aliases, CancellationToken cancellationToken)
    {
        if (aliases.Count > MostAliases) return new ChangeOutcome.Invalid("aliases", $"At most {MostAliases} aliases.");
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var alias in aliases)
        {
            var (domain, wrong) = await DomainOfAsync("aliases", alias, cancellationToken);
            if (domain is null) return wrong;
            wanted.Add(MailAddressName.Normalise(alias)!);
        }
        wanted.Remove(mailbox.Address);
        if (await IsTakenAsync(wanted, mailbox, cancellationToken)) return new ChangeOutcome.Refused(Taken);

        mailbox.Aliases.RemoveAll(a => !wanted.Contains(a.Address));
        foreach (var address in wanted.Except(mailbox.Aliases.Select(a => a.Address)).ToList())
            mailbox.Aliases.Add(new() { TenantId = tenant.Id, Address = address, MailboxId = mailbox.Id });
        return null;
    }

    private async Task<(Domain? Domain, ChangeOutcome? Wrong)> DomainOfAsync(string field, string text, CancellationToken cancellationToken)
    {
        if (MailAddressName.Normalise(text) is not { } address)
            return (null, new ChangeOutcome.Invalid(field, $"'{text}' is not an address that can be used here: no spaces, no '/', no quotes."));
        var name = address[(address.LastIndexOf('@') + 1)..];
        var domain = await db.Domains.AsNoTracking().SingleOrDefaultAsync(d => d.Name == name && d.ActiveSince != null, cancellationToken);
        return domain is null ? (null, new ChangeOutcome.Invalid(field, $"'{name}' is not an active domain of this tenant.")) : (domain, null);
    }

    // A primary address and an alias lie in two tables: no unique index spans both.
    private async Task<bool> IsTakenAsync(IReadOnlyCollection<string> addresses, Mailbox mailbox, CancellationToken cancellationToken) =>
        addresses.Count > 0
        && (await db.Mailboxes.AnyAsync(m => addresses.Contains(m.Address) && m.Id != mailbox.Id, cancellationToken)
            || await db.MailboxAliases.AnyAsync(a => addresses.Contains(a.Address) && a.MailboxId != mailbox.Id, cancellationToken));

    private Task<Guid?> PlanAsync(string nameOrId, CancellationToken cancellationToken)
    {
        var id = Guid.TryParse(nameOrId, out var parsed) ? parsed : Guid.Empty;
        return db.Plans.Where(p => p.Id == id || p.Name == nameOrId).Select(p => (Guid?)p.Id).FirstOrDefaultAsync(cancellationToken);
    }

    private Task<Pod?> PodAsync(string? nameOrId, CancellationToken cancellationToken)
    {
        if (nameOrId is null) return db.Pods.AsNoTracking().OrderBy(p => p.Id).FirstOrDefaultAsync(cancellationToken);
        var id = Guid.TryParse(nameOrId, out var parsed) ? parsed : Guid.Empty;
        return db.Pods.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id || p.Name == nameOrId, cancellationToken);
    }

    private static object Members(Mailbox mailbox) => new
    {
        mailbox.DisplayName,
        mailbox.PlanId,
        mailbox.PodId,
        Aliases = mailbox.Aliases.Select(a => a.Address).Order(StringComparer.Ordinal).ToList(),
        mailbox.ExternalId,
        mailbox.Language,
        mailbox.Quota,
    };
}

using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.AppPasswords;

/// <summary>
/// The passwords of a mailbox's programs: one for each, so that a lost phone costs one password and not all. Which mailbox the caller may
/// speak of is the caller's question; here every query names it.
/// </summary>
internal sealed class ManageAppPasswords(
    PortalDbContext db, MailPasswords passwords, RecordedChange change, Actor actor, IOptions<LimitsOptions> limits, TimeProvider time)
{
    public const int LongestName = 100;

    /// <summary>The mailbox of that address or id, of this tenant.</summary>
    public Task<Mailbox?> FindMailboxAsync(string mailbox, CancellationToken cancellationToken) =>
        db.Mailboxes.AsNoTracking().Named(mailbox).SingleOrDefaultAsync(cancellationToken);

    /// <summary>One more than asked for, so that it shows whether there are more; newest first.</summary>
    public async Task<IReadOnlyList<MailCredential>> PageAsync(Guid mailbox, Cursor? cursor, int size, CancellationToken cancellationToken)
    {
        var all = Of(mailbox).AsNoTracking();
        if (cursor?.Read<Guid>() is { } before) all = all.Where(c => c.Id < before);
        return await all.OrderByDescending(c => c.Id).Take(size + 1).ToListAsync(cancellationToken);
    }

    /// <summary>All of them, newest first: there are never more than the limit.</summary>
    public async Task<IReadOnlyList<MailCredential>> AllAsync(Guid mailbox, CancellationToken cancellationToken) =>
        await Of(mailbox).AsNoTracking().OrderByDescending(c => c.Id).ToListAsync(cancellationToken);

    public Task<MailCredential?> FindAsync(Guid mailbox, Guid id, CancellationToken cancellationToken) =>
        Of(mailbox).SingleOrDefaultAsync(c => c.Id == id, cancellationToken);

    public async Task<bool> IsServedHereAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
        await db.Pods.AnyAsync(p => p.Id == mailbox.PodId && p.Kind == PodKind.Embedded, cancellationToken);

    public async Task<AppPasswordOutcome> CreateAsync(Mailbox mailbox, CreateAppPasswordRequest request, CancellationToken cancellationToken)
    {
        var (networks, unread) = ReadNetworks(request.Networks);
        var (protocols, expiresAt) = (request.Protocols ?? MailProtocols.All, AsStored(request.ExpiresAt));
        if ((WrongName(request.Name) ?? WrongProtocols(protocols) ?? unread ?? WrongExpiry(expiresAt)) is { } wrong) return wrong;
        if (!await IsServedHereAsync(mailbox, cancellationToken))
            return new AppPasswordOutcome.Refused(AppPasswordFault.ServedElsewhere, "This mailbox lies on another mail server, which knows nothing of app passwords.");

        // Whoever else makes one for this mailbox waits, so that the limit is not passed by two at once.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT FROM mailbox WHERE tenant_id = {mailbox.TenantId} AND id = {mailbox.Id} FOR UPDATE", cancellationToken);
        if (await Of(mailbox.Id).CountAsync(cancellationToken) >= limits.Value.Mailboxes.AppPasswords)
            return new AppPasswordOutcome.Refused(
                AppPasswordFault.TooMany, $"A mailbox has {limits.Value.Mailboxes.AppPasswords} app passwords at most. Revoke one that is not needed any more.");

        var password = MailPasswords.Generate();
        var wanted = new AppPasswordWanted(request.Name.Trim(), InOrder(protocols), networks, expiresAt, actor.Name);
        var made = await passwords.AddAppPasswordAsync(mailbox, wanted, password, cancellationToken);
        await change.SaveAsync(Record(mailbox, AuditActions.AppPasswordCreated, before: null, Members(made)), moved: null, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new AppPasswordOutcome.Created(made, mailbox, password);
    }

    public async Task<AppPasswordOutcome> ChangeAsync(
        Mailbox mailbox, Guid id, MergePatch<AppPasswordPatch> patch, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(mailbox.Id, id, cancellationToken) is not { } found) return new AppPasswordOutcome.NotFound();
        if (!ifMatch.Matches(found.Version)) return new AppPasswordOutcome.Stale(found);
        return await SetAsync(
            mailbox, found,
            patch.Has(p => p.Name, out var name) ? name ?? "" : found.Label,
            patch.Has(p => p.Protocols, out var protocols) ? protocols ?? MailProtocols.All : found.Protocols,
            patch.Has(p => p.Networks, out var networks) ? networks : found.Networks,
            patch.Has(p => p.ExpiresAt, out var expiresAt) ? expiresAt : found.ExpiresAt,
            cancellationToken);
    }

    /// <summary>The same for a form, which always says all of it.</summary>
    public async Task<AppPasswordOutcome> ChangeAsync(
        Mailbox mailbox, Guid id, string name, IReadOnlyList<MailProtocol> protocols, IReadOnlyList<string> networks, DateTimeOffset? expiresAt,
        CancellationToken cancellationToken) =>
        await FindAsync(mailbox.Id, id, cancellationToken) is { } found
            ? await SetAsync(mailbox, found, name, protocols, networks, expiresAt, cancellationToken)
            : new AppPasswordOutcome.NotFound();

    /// <summary>From its commit on it opens nothing, and sessions that were opened with it end at every process.</summary>
    public async Task<AppPasswordOutcome> RevokeAsync(Mailbox mailbox, Guid id, Precondition? ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(mailbox.Id, id, cancellationToken) is not { } found) return new AppPasswordOutcome.NotFound();
        if (ifMatch?.Matches(found.Version) == false) return new AppPasswordOutcome.Stale(found);

        db.Remove(found);
        return await SaveAsync(mailbox, found, Record(mailbox, AuditActions.AppPasswordRevoked, Members(found), after: null), cancellationToken);
    }

    private async Task<AppPasswordOutcome> SetAsync(
        Mailbox mailbox, MailCredential found, string name, IReadOnlyList<MailProtocol> protocols, IReadOnlyList<string>? given, DateTimeOffset? until,
        CancellationToken cancellationToken)
    {
        var (networks, unread) = ReadNetworks(given);
        var expiresAt = AsStored(until);
        var wrong = WrongName(name) ?? WrongProtocols(protocols) ?? unread ?? (expiresAt == found.ExpiresAt ? null : WrongExpiry(expiresAt));
        if (wrong is not null) return wrong;
        var wanted = InOrder(protocols);
        if (found.Label == name.Trim() && found.Protocols.SequenceEqual(wanted) && found.Networks.SequenceEqual(networks) && found.ExpiresAt == expiresAt)
            return new AppPasswordOutcome.Done(found);

        var before = Members(found);
        (found.Label, found.Protocols, found.Networks, found.ExpiresAt) = (name.Trim(), wanted, networks, expiresAt);
        return await SaveAsync(mailbox, found, Record(mailbox, AuditActions.AppPasswordChanged, before, Members(found)), cancellationToken);
    }

    private async Task<AppPasswordOutcome> SaveAsync(Mailbox mailbox, MailCredential credential, AuditEvent record, CancellationToken cancellationToken) =>
        await change.SaveAsync(record, new AccessChange(mailbox.TenantId, mailbox.Id), "", cancellationToken) switch
        {
            ChangeOutcome.Stale => await FindAsync(mailbox.Id, credential.Id, cancellationToken) is { } now
                ? new AppPasswordOutcome.Stale(now)
                : new AppPasswordOutcome.NotFound(),
            _ => new AppPasswordOutcome.Done(credential),
        };

    private IQueryable<MailCredential> Of(Guid mailbox) =>
        db.MailCredentials.Where(c => c.MailboxId == mailbox && c.Kind == CredentialKind.AppPassword && c.RevokedAt == null);

    /// <summary>It stands in the mailbox's own history.</summary>
    private AuditEvent Record(Mailbox mailbox, string action, object? before, object? after) =>
        actor.Did(mailbox.TenantId, action, "mailbox", mailbox.Id, mailbox.Address, before, after);

    private static object Members(MailCredential credential) => new { Name = credential.Label, credential.Protocols, credential.Networks, credential.ExpiresAt };

    private static List<MailProtocol> InOrder(IReadOnlyList<MailProtocol> protocols) => [.. MailProtocols.All.Where(protocols.Contains)];

    private static AppPasswordOutcome.Invalid? WrongName(string name) =>
        name.Trim().Length is 0 or > LongestName ? new("name", AppPasswordFault.Name, $"Give 1 to {LongestName} characters.") : null;

    private static AppPasswordOutcome.Invalid? WrongProtocols(IReadOnlyList<MailProtocol> protocols) =>
        protocols.Count == 0 || protocols.Except(MailProtocols.All).Any()
            ? new("protocols", AppPasswordFault.Protocols, "Name one or more of pop3, imap, smtp.")
            : null;

    private AppPasswordOutcome.Invalid? WrongExpiry(DateTimeOffset? expiresAt) =>
        expiresAt is { } end && end <= time.GetUtcNow() ? new("expiresAt", AppPasswordFault.Expiry, "Choose a time that is still to come, or none.") : null;

    private static (List<string> Networks, AppPasswordOutcome.Invalid? Wrong) ReadNetworks(IReadOnlyList<string>? given)
    {
        var (read, wrong) = Networks.ReadAll(given);
        return (read, wrong is null ? null : new("networks", AppPasswordFault.Networks, wrong));
    }

    // PostgreSQL keeps microseconds, so that what is read back equals what was given.
    private static DateTimeOffset? AsStored(DateTimeOffset? time) =>
        time is { } end ? end.ToUniversalTime().AddTicks(-(end.Ticks % TimeSpan.TicksPerMicrosecond)) : null;
}

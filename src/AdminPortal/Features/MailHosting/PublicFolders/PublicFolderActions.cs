using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using MailFolder = AdminPortal.Data.MailFolder;

namespace AdminPortal.Features.MailHosting.PublicFolders;

/// <summary>A folder that all mailboxes of the tenant share, reached by IMAP4.</summary>
/// <param name="Name">Below the namespace of public folders, levels divided by <c>/</c>.</param>
/// <param name="Right">What the mailboxes may do in it.</param>
/// <param name="Octets">What its messages come to.</param>
internal sealed record PublicFolderAnswer(Guid Id, string Name, PublicFolderRight Right, long Octets)
{
    public static PublicFolderAnswer Of(MailFolder folder) =>
        new(folder.Id, folder.Name[SharedFolders.Prefix.Length..], folder.PublicRight!.Value, folder.Octets);
}

internal sealed record CreatePublicFolderRequest(string Name, PublicFolderRight Right = PublicFolderRight.Read);

/// <summary>What of a public folder may be changed.</summary>
internal sealed record PublicFolderPatch(string? Name = null, PublicFolderRight? Right = null);

/// <summary>
/// A tenant's public folders. Mail programs see a new name at their next LIST; whoever has a folder open that is deleted is told within a second.
/// </summary>
internal sealed class PublicFolderActions(PortalDbContext db, CurrentTenant tenant, RecordedChange change, Actor actor, FolderBell bell)
{
    /// <summary>As many as a tenant may have.</summary>
    public const int Most = 1_000;

    private const string Thing = "publicFolder";
    private const string NameTaken = "There is a public folder with this name already.";

    private sealed record Position(string Name);

    private IQueryable<MailFolder> All => db.MailFolders.Where(f => f.MailboxId == null);

    public async Task<PageOf<PublicFolderAnswer>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var folders = All.AsNoTracking();
        if (query.Cursor?.Read<Position>() is { } after) folders = folders.Where(f => string.Compare(f.Name, after.Name) > 0);
        var found = await folders.OrderBy(f => f.Name).Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<PublicFolderAnswer>.Cut(found, query.Size, PublicFolderAnswer.Of, f => new Position(f.Name));
    }

    public async Task<IReadOnlyList<MailFolder>> ShowAsync(CancellationToken cancellationToken) =>
        await All.AsNoTracking().OrderBy(f => f.Name).Take(Most).ToListAsync(cancellationToken);

    public Task<MailFolder?> FindAsync(Guid id, CancellationToken cancellationToken) => All.SingleOrDefaultAsync(f => f.Id == id, cancellationToken);

    public async Task<(ChangeOutcome Outcome, MailFolder? Folder)> CreateAsync(CreatePublicFolderRequest request, CancellationToken cancellationToken)
    {
        if (SharedFolders.Normalise(request.Name) is not { } name) return (WrongName(), null);
        if (await LacksParentAsync(name, cancellationToken)) return (NoParent(), null);
        if (await All.CountAsync(cancellationToken) >= Most) return (new ChangeOutcome.Refused($"There are {Most} public folders already."), null);

        var folder = new MailFolder
        {
            TenantId = tenant.Id,
            Id = Guid.CreateVersion7(),
            Name = name,
            PublicRight = request.Right,
            UidValidity = await db.Database.SqlQuery<long>($"SELECT nextval('mail_public_uid_validity') AS \"Value\"").SingleAsync(cancellationToken),
        };
        db.Add(folder);
        var record = actor.Did(tenant.Id, AuditActions.PublicFolderCreated, Thing, folder.Id, Shown(name), after: new { Name = Shown(name), Right = request.Right });
        return (await change.SaveAsync(record, moved: null, NameTaken, cancellationToken), folder);
    }

    /// <summary>A new name takes the folders below along.</summary>
    public async Task<ChangeOutcome> ChangeAsync(Guid id, MergePatch<PublicFolderPatch> patch, Precondition ifMatch, CancellationToken cancellationToken) =>
        await ChangeAsync(
            id, patch.Has(p => p.Name, out var name) ? name ?? "" : null, patch.Has(p => p.Right, out var right) ? right ?? PublicFolderRight.Read : null, ifMatch,
            cancellationToken);

    /// <param name="id">Which.</param>
    /// <param name="wantedName">Null: as it is.</param>
    /// <param name="wantedRight">Null: as it is.</param>
    /// <param name="ifMatch">What the caller saw.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> ChangeAsync(
        Guid id, string? wantedName, PublicFolderRight? wantedRight, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } folder) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(folder.Version)) return new ChangeOutcome.Stale();

        var before = (Name: Shown(folder.Name), Right: folder.PublicRight);
        if ((wantedName is null ? folder.Name : SharedFolders.Normalise(wantedName)) is not { } name || IsBelow(name, folder.Name)) return WrongName();
        if (name != folder.Name && await LacksParentAsync(name, cancellationToken)) return NoParent();
        if (wantedRight is { } right) folder.PublicRight = right;
        if (name != folder.Name) await RenameAsync(folder, name, cancellationToken);

        var after = (Name: Shown(folder.Name), Right: folder.PublicRight);
        if (before == after) return new ChangeOutcome.Done();
        var record = actor.Did(
            tenant.Id, AuditActions.PublicFolderChanged, Thing, folder.Id, after.Name, new { before.Name, before.Right }, new { after.Name, after.Right });
        return await change.SaveAsync(record, moved: null, NameTaken, cancellationToken);
    }

    public async Task<ChangeOutcome> DeleteAsync(Guid id, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } folder) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(folder.Version)) return new ChangeOutcome.Stale();
        if (await All.AnyAsync(f => f.Name.StartsWith(folder.Name + "/"), cancellationToken))
            return new ChangeOutcome.Refused("There are folders below it: delete those first.");

        db.Remove(folder);
        var record = actor.Did(
            tenant.Id, AuditActions.PublicFolderDeleted, Thing, folder.Id, Shown(folder.Name), before: new { Name = Shown(folder.Name), Right = folder.PublicRight });
        var outcome = await change.SaveAsync(record, moved: null, NameTaken, cancellationToken);
        if (outcome is ChangeOutcome.Done) bell.Ring(tenant.Id, id, FolderBell.Gone);
        return outcome;
    }

    private async Task RenameAsync(MailFolder folder, string name, CancellationToken cancellationToken)
    {
        var old = folder.Name;
        foreach (var below in await All.Where(f => f.Name.StartsWith(old + "/")).ToListAsync(cancellationToken)) below.Name = name + below.Name[old.Length..];
        folder.Name = name;
    }

    private async Task<bool> LacksParentAsync(string name, CancellationToken cancellationToken)
    {
        var parent = name[..name.LastIndexOf('/')];
        return parent != SharedFolders.Root && !await All.AnyAsync(f => f.Name == parent, cancellationToken);
    }

    private static bool IsBelow(string name, string folder) => name.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string Shown(string name) => name[SharedFolders.Prefix.Length..];

    private static ChangeOutcome.Invalid WrongName() =>
        new("name", "Give a name of 1 to 240 characters, without control characters, * and %; / divides levels, of which none may be empty.");

    private static ChangeOutcome.Invalid NoParent() => new("name", "There is no public folder above it: create that first.");
}

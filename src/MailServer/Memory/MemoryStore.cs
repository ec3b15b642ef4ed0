namespace AdminPortal.MailServer.Memory;

/// <summary>The folders of a memory mailbox.</summary>
internal sealed class MemoryStore(MemoryMailbox mailbox) : IMailStore
{
    private const int MostSubscriptions = 1_000;

    public Task<IReadOnlyList<MailFolder>> ListFoldersAsync(CancellationToken cancellationToken) => Locked<IReadOnlyList<MailFolder>>(() =>
    [
        .. mailbox.Folders.Select(f => new MailFolder(f.Key, f.Value.Use, Exists: true, mailbox.Subscriptions.Contains(f.Key))),
        .. Shared(),
        .. mailbox.Subscriptions.Where(name => mailbox.Find(name) is null && !(name == SharedFolders.Root && Shared().Any()))
            .Select(name => new MailFolder(name, SpecialUse.None, Exists: false, Subscribed: true)),
    ]);

    public Task<IReadOnlyList<FolderStatus>> GetStatusAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        Locked<IReadOnlyList<FolderStatus>>(() => [.. names.Where(name => mailbox.Find(name) is not null).Select(Status)]);

    public Task<CreateFolderOutcome> CreateFolderAsync(string name, CancellationToken cancellationToken) => Locked(() =>
    {
        if (SharedFolders.Hold(name))
            return CreateFolderOutcome.NotPermitted;
        if (mailbox.Folders.ContainsKey(name))
            return CreateFolderOutcome.AlreadyExists;
        CreateWithParents(name);
        return CreateFolderOutcome.Created;
    });

    public Task<DeleteFolderOutcome> DeleteFolderAsync(string name, CancellationToken cancellationToken) => Locked(() =>
    {
        if (SharedFolders.Hold(name))
            return DeleteFolderOutcome.NotPermitted;
        if (!mailbox.Folders.TryGetValue(name, out var folder))
            return DeleteFolderOutcome.NotFound;
        if (Below(name).Any())
            return DeleteFolderOutcome.HasChildren;
        folder.Delete();
        mailbox.Folders.Remove(name);
        return DeleteFolderOutcome.Deleted;
    });

    public Task<RenameFolderOutcome> RenameFolderAsync(string from, string to, CancellationToken cancellationToken) => Locked(() =>
    {
        if (SharedFolders.Hold(from) || SharedFolders.Hold(to))
            return RenameFolderOutcome.NotPermitted;
        if (!mailbox.Folders.ContainsKey(from))
            return RenameFolderOutcome.NotFound;
        if (mailbox.Folders.ContainsKey(to))
            return RenameFolderOutcome.AlreadyExists;
        if (from == "INBOX")
            EmptyInboxInto(to);
        else
            MoveTree(from, to);
        return RenameFolderOutcome.Renamed;
    });

    public Task<bool> SetSubscribedAsync(string name, bool subscribed, CancellationToken cancellationToken) => Locked(() =>
    {
        if (!subscribed)
            mailbox.Subscriptions.Remove(name);
        else if (mailbox.Subscriptions.Count < MostSubscriptions || mailbox.Subscriptions.Contains(name))
            mailbox.Subscriptions.Add(name);
        else
            return false;
        return true;
    });

    public Task<MailQuota> GetQuotaAsync(CancellationToken cancellationToken) =>
        Locked(() => new MailQuota(mailbox.Held, mailbox.Quota == long.MaxValue ? null : mailbox.Quota));

    public Task<OpenFolderOutcome> OpenFolderAsync(string name, bool readOnly, CancellationToken cancellationToken) =>
        Locked<OpenFolderOutcome>(() =>
        {
            if (mailbox.Find(name) is not { } folder)
                return new OpenFolderOutcome.NotFound();
            var recentFrom = readOnly ? folder.RecentFrom : folder.ClaimRecent();
            return new OpenFolderOutcome.Opened(new MemoryOpenFolder(mailbox, folder, readOnly), new FolderSnapshot(
                folder.Id, folder.UidValidity, folder.UidNext, folder.HighestModSeq, recentFrom, [.. folder.Messages.Select(m => m.Summary)], folder.Right));
        });

    public async Task<AppendOutcome> AppendAsync(string folder, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken)
    {
        var contents = new List<(NewMessage Message, byte[] Content)>();
        foreach (var message in messages)
        {
            var content = new byte[message.Content.Length];
            await message.Content.ReadExactlyAsync(content, cancellationToken);
            contents.Add((message, content));
        }

        return await Locked<AppendOutcome>(() =>
        {
            if (mailbox.Find(folder) is not { } target)
                return new AppendOutcome.FolderNotFound();
            if (target.Right == FolderRight.Read)
                return new AppendOutcome.NotPermitted();
            if (!SharedFolders.Hold(folder) && !mailbox.HasRoomFor(contents.Sum(c => (long)c.Content.Length)))
                return new AppendOutcome.OverQuota();
            return new AppendOutcome.Appended(target.UidValidity,
                target.Add([.. contents.Select(c => new Arrival(c.Message.Flags, c.Message.Keywords, c.Message.InternalDate, c.Content))]));
        });
    }

    private Task<T> Locked<T>(Func<T> work)
    {
        mailbox.Backend.ThrowIfDown();
        lock (mailbox.Lock)
            return Task.FromResult(work());
    }

    private IEnumerable<MailFolder> Shared() => mailbox.Backend.SharedFolders.Count == 0 ? [] :
    [
        new MailFolder(SharedFolders.Root, SpecialUse.None, Exists: false, mailbox.Subscriptions.Contains(SharedFolders.Root), IsLevel: true),
        .. mailbox.Backend.SharedFolders.Keys.Select(name => new MailFolder(name, SpecialUse.None, Exists: true, mailbox.Subscriptions.Contains(name))),
    ];

    private FolderStatus Status(string name)
    {
        var folder = mailbox.Find(name)!;
        return new FolderStatus(
            name, folder.UidValidity, folder.UidNext, folder.HighestModSeq, folder.Messages.Count,
            Unseen: folder.Messages.Count(m => !m.Flags.HasFlag(MessageFlags.Seen)),
            Recent: folder.Messages.Count(m => m.Uid >= folder.RecentFrom),
            Deleted: folder.Messages.Count(m => m.Flags.HasFlag(MessageFlags.Deleted)),
            folder.Size,
            DeletedSize: folder.Messages.Where(m => m.Flags.HasFlag(MessageFlags.Deleted)).Sum(m => (long)m.Content.Length),
            folder.Id);
    }

    private IEnumerable<string> Below(string name) => mailbox.Folders.Keys.Where(n => n.StartsWith(name + "/", StringComparison.Ordinal));

    private MemoryFolder CreateWithParents(string name)
    {
        for (var slash = name.IndexOf('/'); slash > 0; slash = name.IndexOf('/', slash + 1))
            if (!mailbox.Folders.ContainsKey(name[..slash]))
                mailbox.Create(name[..slash], SpecialUse.None);
        return mailbox.Create(name, SpecialUse.None);
    }

    private void EmptyInboxInto(string name)
    {
        var inbox = mailbox.Folders["INBOX"];
        var folder = CreateWithParents(name);
        folder.Add([.. inbox.Messages.Select(m => m.Copy)]);
        inbox.Remove(inbox.Messages.Select(m => m.Uid).ToHashSet());
    }

    private void MoveTree(string from, string to)
    {
        var tree = Below(from).Prepend(from).Select(name => (Name: name, Folder: mailbox.Folders[name])).ToList();
        foreach (var (name, _) in tree)
            mailbox.Folders.Remove(name);
        if (to.LastIndexOf('/') is > 0 and var slash && !mailbox.Folders.ContainsKey(to[..slash]))
            CreateWithParents(to[..slash]);
        foreach (var (name, folder) in tree)
            mailbox.Folders[to + name[from.Length..]] = folder;
    }
}

namespace AdminPortal.MailServer.Imap;

/// <summary>A message of the selected folder with its present number.</summary>
internal readonly record struct Numbered(int Number, MessageSummary Message);

/// <summary>
/// The selected folder as this client was told of it: the list that gives message numbers their meaning. It changes only when the client is
/// told, so an expunge by another session waits in <c>_vanished</c> until a command allows EXPUNGE.
/// </summary>
internal sealed class SelectedFolder(ImapConnection imap, string name, bool readOnly, OpenFolderOutcome.Opened opened) : IAsyncDisposable
{
    private readonly List<MessageSummary> _messages = [.. opened.Snapshot.Messages];
    private readonly HashSet<uint> _vanished = [];
    private IReadOnlyDictionary<uint, ObjectId> _contentIds = new Dictionary<uint, ObjectId>();
    private long _modSeq = opened.Snapshot.HighestModSeq;
    private uint _uidNext = opened.Snapshot.UidNext;

    public string Name => name;

    public bool ReadOnly => readOnly || opened.Snapshot.Right == FolderRight.Read;

    /// <summary>False: \Deleted is no flag of this folder, and nothing goes out of it.</summary>
    public bool MayRemove => opened.Snapshot.Right == FolderRight.Everything;

    public IOpenFolder Folder => opened.Folder;

    public ObjectId Id => opened.Snapshot.Id;

    public uint UidValidity => opened.Snapshot.UidValidity;

    public uint UidNext => _uidNext;

    /// <summary>Everything up to it was told, or waits in the list of what vanished.</summary>
    public long ModSeq => _modSeq;

    /// <summary>No expunge waits for a command that may tell it.</summary>
    public bool HasNothingToTell => _vanished.Count == 0;

    public int Count => _messages.Count;

    public int Recent => _messages.Count - IndexFrom(opened.Snapshot.RecentFrom);

    public IReadOnlyList<MessageSummary> Messages => _messages;

    public uint GreatestUid => _messages.Count == 0 ? 0 : _messages[^1].Uid;

    /// <summary>The last search's result for <c>$</c> (RFC 5182): UIDs, ascending. Those that are gone fall out when it is used.</summary>
    public IReadOnlyList<uint> SavedResult { get; set; } = [];

    /// <summary>IMAP4rev2 knows no \Recent.</summary>
    public bool IsRecent(MessageSummary message) => !imap.IsRev2 && message.Uid >= opened.Snapshot.RecentFrom;

    public IEnumerable<string> Keywords() => _messages.SelectMany(m => m.Keywords).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>The messages a client names: by number, where a number too great is an error, or by UID, where it is none.</summary>
    public List<Numbered> Resolve(SequenceSet set, bool byUid)
    {
        if (set == SequenceSet.Saved)
            return [.. SavedResult.Select(Find).OfType<Numbered>()];
        if (!byUid && set.Exceeds((uint)_messages.Count))
            throw new ImapSyntaxException("There is no message with that number");
        var chosen = new List<Numbered>();
        var next = 0;
        foreach (var (from, to) in set.Upto(byUid ? GreatestUid : (uint)_messages.Count).Ranges)
        {
            next = Math.Max(next, byUid ? IndexFrom(from) : (int)Math.Max(from, 1) - 1);
            for (; next < _messages.Count && (byUid ? _messages[next].Uid <= to : next < to); next++)
                chosen.Add(new Numbered(next + 1, _messages[next]));
        }

        return chosen;
    }

    public Numbered? Find(uint uid) =>
        IndexFrom(uid) is var index && index < _messages.Count && _messages[index].Uid == uid
            ? new Numbered(index + 1, _messages[index])
            : null;

    /// <summary>Asks once for what the command at hand is going to need of <see cref="ContentId"/>.</summary>
    public async Task LearnContentIdsAsync(IEnumerable<Numbered> messages) =>
        _contentIds = await Folder.GetContentIdsAsync([.. messages.Select(m => m.Message.Uid)], imap.Stopping);

    /// <summary>Empty for a message that is gone.</summary>
    public string ContentId(uint uid) => _contentIds.TryGetValue(uid, out var id) ? id.ToString() : "";

    /// <summary>Takes over what a command of this session changed; the client is told by that command itself.</summary>
    public void Update(IEnumerable<MessageSummary> messages)
    {
        foreach (var message in messages)
            if (Find(message.Uid) is { } known && message.ModSeq >= known.Message.ModSeq)
                _messages[known.Number - 1] = message;
    }

    /// <summary>
    /// Tells the client that these messages are gone: by their UIDs, or with one EXPUNGE each, from the greatest number down, so that no
    /// EXPUNGE shifts the next.
    /// </summary>
    public void TellExpunged(IEnumerable<uint> uids)
    {
        var gone = uids.Select(Find).OfType<Numbered>().OrderByDescending(m => m.Number).ToList();
        if (gone.Count == 0)
            return;
        if (imap.TellsVanished)
            imap.Untagged($"VANISHED {NumberSet.Of(gone.Select(m => m.Message.Uid).Reverse())}");
        else
            foreach (var message in gone)
                imap.Output.Write("* "u8).Write(message.Number).WriteLine(" EXPUNGE");
        var forgotten = gone.Select(m => m.Message.Uid).ToHashSet();
        _messages.RemoveAll(m => forgotten.Contains(m.Uid));
        _vanished.ExceptWith(forgotten);
    }

    /// <summary>
    /// What was expunged after that MODSEQ, of these UIDs only when given, without what this client still has before it: of that it hears
    /// by a later VANISHED, which shifts the numbers.
    /// </summary>
    public async Task<NumberSet> VanishedEarlierAsync(long modSeq, NumberSet? within)
    {
        var vanished = NumberSet.Of(await Folder.GetVanishedAsync(modSeq, imap.Stopping));
        var absent = NumberSet.Of(UidRange.Between(_messages.Select(m => m.Uid), _uidNext));
        return within is null ? vanished.And(absent) : vanished.And(absent).And(within);
    }

    /// <summary>
    /// Tells what others changed. With <paramref name="ask"/> false the backend is asked only when it hinted at news. False: the folder
    /// is gone.
    /// </summary>
    public async Task<bool> TellChangesAsync(bool mayExpunge, bool ask)
    {
        if (ask || Folder.MayHaveChangedSince(_modSeq))
        {
            if (await Folder.GetChangesAsync(_modSeq, imap.Stopping) is not { } changes)
                return false;
            Take(changes);
        }

        if (mayExpunge && _vanished.Count > 0)
            TellExpunged([.. _vanished]);
        return true;
    }

    public Task WaitForChangesAsync(CancellationToken cancellationToken) => Folder.WaitForChangesAsync(_modSeq, cancellationToken);

    public void TellFlags(Numbered message, bool withUid)
    {
        imap.Output.Write("* "u8).Write(message.Number).Write(" FETCH ("u8);
        if (withUid)
            imap.Output.Write("UID "u8).Write(message.Message.Uid).Write(" "u8);
        imap.Output.Write("FLAGS "u8).WriteFlags(message.Message, IsRecent(message.Message));
        if (imap.TellsModSeq)
            imap.Output.Write(" MODSEQ ("u8).Write(message.Message.ModSeq).Write(")"u8);
        imap.Output.WriteLine(")");
    }

    /// <summary>For a client that knows the flags, having set them, but not what number the change got (RFC 7162, 3.1.3).</summary>
    public void TellModSeq(Numbered message, bool withUid)
    {
        imap.Output.Write("* "u8).Write(message.Number).Write(" FETCH ("u8);
        if (withUid)
            imap.Output.Write("UID "u8).Write(message.Message.Uid).Write(" "u8);
        imap.Output.Write("MODSEQ ("u8).Write(message.Message.ModSeq).WriteLine("))");
    }

    public ValueTask DisposeAsync() => Folder.DisposeAsync();

    private void Take(FolderChanges changes)
    {
        foreach (var (from, to) in changes.Vanished)
            for (var index = IndexFrom(from); index < _messages.Count && _messages[index].Uid <= to; index++)
                _vanished.Add(_messages[index].Uid);
        var arrived = changes.Messages.Where(m => m.Uid >= _uidNext).ToList();
        foreach (var message in changes.Messages.Where(m => m.Uid < _uidNext))
            TakeFlags(message);
        _messages.AddRange(arrived);
        if (arrived.Count > 0)
        {
            imap.Untagged($"{Count} EXISTS");
            if (!imap.IsRev2)
                imap.Untagged($"{Recent} RECENT");
        }

        (_modSeq, _uidNext) = (changes.HighestModSeq, changes.UidNext);
    }

    private void TakeFlags(MessageSummary message)
    {
        // What this session changed itself comes back with the MODSEQ that it already has.
        if (Find(message.Uid) is not { } known || message.ModSeq <= known.Message.ModSeq)
            return;
        _messages[known.Number - 1] = message;
        TellFlags(known with { Message = message }, withUid: true);
    }

    /// <summary>The index of the first message with this UID or above.</summary>
    private int IndexFrom(uint uid)
    {
        var (low, high) = (0, _messages.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _messages[middle].Uid < uid ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}

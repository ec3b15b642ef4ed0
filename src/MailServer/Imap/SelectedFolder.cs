using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>A message of the selected folder with its present number.</summary>
internal readonly record struct Numbered(int Number, MessageSummary Message);

/// <summary>
/// The selected folder as this client was told of it: the list that gives message numbers their meaning. It changes only when the client is
/// told, so an expunge by another session waits in <c>_vanished</c> until a command allows EXPUNGE.
/// </summary>
internal sealed class SelectedFolder(string name, bool readOnly, IOpenFolder folder, FolderSnapshot snapshot) : IAsyncDisposable
{
    private readonly List<MessageSummary> _messages = [.. snapshot.Messages];
    private readonly HashSet<uint> _vanished = [];
    private long _modSeq = snapshot.HighestModSeq;
    private uint _uidNext = snapshot.UidNext;

    public string Name => name;

    public bool ReadOnly => readOnly;

    public IOpenFolder Folder => folder;

    public uint UidValidity => snapshot.UidValidity;

    public uint UidNext => _uidNext;

    public int Count => _messages.Count;

    public int Recent => _messages.Count - IndexFrom(snapshot.RecentFrom);

    public IReadOnlyList<MessageSummary> Messages => _messages;

    public uint GreatestUid => _messages.Count == 0 ? 0 : _messages[^1].Uid;

    public bool IsRecent(MessageSummary message) => message.Uid >= snapshot.RecentFrom;

    public IEnumerable<string> Keywords() => _messages.SelectMany(m => m.Keywords).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>The messages a client names: by number, where a number too great is an error, or by UID, where it is none.</summary>
    public List<Numbered> Resolve(SequenceSet set, bool byUid)
    {
        if (!byUid && set.Exceeds((uint)_messages.Count))
            throw new ImapSyntaxException("There is no message with that number");
        var chosen = new List<Numbered>();
        var next = 0;
        foreach (var (from, to) in set.Ranges(byUid ? GreatestUid : (uint)_messages.Count).OrderBy(range => range.From))
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

    /// <summary>Takes over what a command of this session changed; the client is told by that command itself.</summary>
    public void Update(IEnumerable<MessageSummary> messages)
    {
        foreach (var message in messages)
            if (Find(message.Uid) is { } known && message.ModSeq >= known.Message.ModSeq)
                _messages[known.Number - 1] = message;
    }

    /// <summary>Tells the client that these messages are gone, one EXPUNGE each with the number it has at that moment.</summary>
    public void TellExpunged(WireWriter output, IEnumerable<uint> uids)
    {
        foreach (var uid in uids.OrderDescending())
        {
            _vanished.Remove(uid);
            if (Find(uid) is not { } message)
                continue;
            _messages.RemoveAt(message.Number - 1);
            output.Write("* "u8).Write(message.Number).WriteLine(" EXPUNGE");
        }
    }

    /// <summary>
    /// Tells what others changed. With <paramref name="ask"/> false the backend is asked only when it hinted at news. False: the folder
    /// is gone.
    /// </summary>
    public async Task<bool> TellChangesAsync(WireWriter output, bool mayExpunge, bool ask, CancellationToken cancellationToken)
    {
        if (ask || folder.MayHaveChangedSince(_modSeq))
        {
            if (await folder.GetChangesAsync(_modSeq, cancellationToken) is not { } changes)
                return false;
            Take(changes, output);
        }

        if (mayExpunge && _vanished.Count > 0)
            TellExpunged(output, [.. _vanished]);
        return true;
    }

    public Task WaitForChangesAsync(CancellationToken cancellationToken) => folder.WaitForChangesAsync(_modSeq, cancellationToken);

    public void TellFlags(WireWriter output, Numbered message, bool withUid)
    {
        output.Write("* "u8).Write(message.Number).Write(" FETCH ("u8);
        if (withUid)
            output.Write("UID "u8).Write(message.Message.Uid).Write(" "u8);
        output.Write("FLAGS "u8).WriteFlags(message.Message, IsRecent(message.Message)).WriteLine(")");
    }

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    private void Take(FolderChanges changes, WireWriter output)
    {
        _vanished.UnionWith(changes.Vanished.Where(uid => Find(uid) is not null));
        var arrived = changes.Messages.Where(m => m.Uid >= _uidNext).ToList();
        foreach (var message in changes.Messages.Where(m => m.Uid < _uidNext))
            TakeFlags(message, output);
        _messages.AddRange(arrived);
        if (arrived.Count > 0)
        {
            output.Write("* "u8).Write(Count).WriteLine(" EXISTS");
            output.Write("* "u8).Write(Recent).WriteLine(" RECENT");
        }

        (_modSeq, _uidNext) = (changes.HighestModSeq, changes.UidNext);
    }

    private void TakeFlags(MessageSummary message, WireWriter output)
    {
        // What this session changed itself comes back with the MODSEQ that it already has.
        if (Find(message.Uid) is not { } known || message.ModSeq <= known.Message.ModSeq)
            return;
        _messages[known.Number - 1] = message;
        TellFlags(output, known with { Message = message }, withUid: true);
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

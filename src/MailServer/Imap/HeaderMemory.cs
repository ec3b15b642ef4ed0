namespace AdminPortal.MailServer.Imap;

/// <summary>
/// What searches ask for most, kept decoded for all connections: a message's header never changes, and decoding it costs a hundred times what
/// looking into it costs. Bounded: when one half is full, the other half, which nobody asked for lately, is forgotten.
/// </summary>
internal sealed class HeaderMemory(int charactersInHalf = 8 * 1024 * 1024)
{
    private readonly Lock _gate = new();
    private Dictionary<Key, HeaderFacts> _young = [], _old = [];
    private int _characters;

    /// <summary>Those of the messages that are known.</summary>
    public void Find(SelectedFolder folder, IReadOnlyList<Numbered> messages, HeaderFacts?[] found)
    {
        lock (_gate)
            for (var index = 0; index < messages.Count; index++)
                found[index] = Find(new Key(folder.Id, folder.UidValidity, messages[index].Message.Uid));
    }

    public void Keep(SelectedFolder folder, uint uid, HeaderFacts facts)
    {
        lock (_gate)
            Keep(new Key(folder.Id, folder.UidValidity, uid), facts);
    }

    private HeaderFacts? Find(Key key)
    {
        if (_young.TryGetValue(key, out var facts))
            return facts;
        if (_old.Remove(key, out facts))
            Keep(key, facts);
        return facts;
    }

    private void Keep(Key key, HeaderFacts facts)
    {
        if (!_young.TryAdd(key, facts) || (_characters += facts.Weight) < charactersInHalf)
            return;
        (_old, _young, _characters) = (_young, [], 0);
    }

    private readonly record struct Key(ObjectId Folder, uint UidValidity, uint Uid);
}

using System.Globalization;

namespace AdminPortal.MailServer.Pop3;

/// <summary>The maildrop with the marks of this session: messages numbered from 1, some marked as deleted, some as downloaded.</summary>
internal sealed class MaildropView(IMaildrop maildrop) : IAsyncDisposable
{
    private readonly bool[] _deleted = new bool[maildrop.Messages.Count];
    private readonly bool[] _retrieved = new bool[maildrop.Messages.Count];

    public IMaildrop Maildrop => maildrop;

    public int Count => _deleted.Count(deleted => !deleted);

    public long Size => Remaining().Sum(m => m.Message.Size);

    /// <summary>Whether QUIT has something to do.</summary>
    public bool NeedsUpdate => _deleted.Contains(true) || (maildrop.AfterRetrieval != AfterRetrieval.Leave && _retrieved.Contains(true));

    public IEnumerable<(int Number, MaildropMessage Message)> Remaining()
    {
        for (var index = 0; index < _deleted.Length; index++)
            if (!_deleted[index])
                yield return (index + 1, maildrop.Messages[index]);
    }

    /// <summary>The message of that number, or null when there is none or it is marked as deleted.</summary>
    public MaildropMessage? Find(string word, out int number) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= _deleted.Length
        && !_deleted[number - 1]
            ? maildrop.Messages[number - 1]
            : null;

    public void Delete(int number) => _deleted[number - 1] = true;

    public void Retrieved(int number) => _retrieved[number - 1] = true;

    /// <summary>A client that takes back its marks may not have kept what it downloaded either.</summary>
    public void Reset()
    {
        _deleted.AsSpan().Clear();
        _retrieved.AsSpan().Clear();
    }

    public Task UpdateAsync(CancellationToken cancellationToken) => maildrop.UpdateAsync(
        [.. maildrop.Messages.Where((_, index) => _deleted[index]).Select(m => m.Uid)],
        [.. maildrop.Messages.Where((_, index) => _retrieved[index] && !_deleted[index]).Select(m => m.Uid)],
        cancellationToken);

    /// <summary>RFC 1939, 7: 1 to 70 printable characters, the same in every session and never used again.</summary>
    public string UniqueId(MaildropMessage message) => $"{maildrop.UidValidity:x8}{message.Uid:x8}";

    public ValueTask DisposeAsync() => maildrop.DisposeAsync();
}

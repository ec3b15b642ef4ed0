using System.Runtime.CompilerServices;

namespace AdminPortal.MailServer.Memory;

/// <summary>A login to a memory mailbox.</summary>
internal sealed class MemorySession : IMailSession
{
    private readonly MemoryMailbox _mailbox;
    private readonly TaskCompletionSource<SessionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MemorySession(MemoryMailbox mailbox, MailProtocol protocol)
    {
        (_mailbox, Protocol) = (mailbox, protocol);
        Store = new MemoryStore(mailbox);
        Submission = new MemorySubmission(mailbox);
    }

    public MailProtocol Protocol { get; }

    public string Address => _mailbox.Address;

    public Task<SessionEnd> Ended => _ended.Task;

    public IMailTranscript? Transcript => _mailbox.Backend.Transcript;

    public IMailStore Store { get; }

    public ISubmission Submission { get; }

    public void End(SessionEnd end) => _ended.TrySetResult(end);

    public Task<OpenMaildropOutcome> OpenMaildropAsync(CancellationToken cancellationToken)
    {
        _mailbox.Backend.ThrowIfDown();
        lock (_mailbox.Lock)
        {
            if (_mailbox.MaildropOpen)
                return Task.FromResult<OpenMaildropOutcome>(new OpenMaildropOutcome.InUse());
            _mailbox.MaildropOpen = true;
            return Task.FromResult<OpenMaildropOutcome>(new OpenMaildropOutcome.Opened(new MemoryMaildrop(_mailbox)));
        }
    }

    public ValueTask DisposeAsync()
    {
        _mailbox.Forget(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>INBOX, frozen at the moment of opening.</summary>
internal sealed class MemoryMaildrop : IMaildrop
{
    private readonly MemoryMailbox _mailbox;
    private readonly MemoryFolder _inbox;

    public MemoryMaildrop(MemoryMailbox mailbox)
    {
        (_mailbox, _inbox) = (mailbox, mailbox.Folders["INBOX"]);
        Messages = [.. _inbox.Messages.Select(m => new MaildropMessage(m.Uid, m.Content.Length))];
    }

    public uint UidValidity => _inbox.UidValidity;

    public IReadOnlyList<MaildropMessage> Messages { get; }

    public Task DeleteAsync(IReadOnlyList<uint> uids, CancellationToken cancellationToken)
    {
        _mailbox.Backend.ThrowIfDown();
        lock (_mailbox.Lock)
            _inbox.Remove(uids.ToHashSet());
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken) =>
        MemoryContents.ReadAsync(_mailbox, _inbox, uids, scope, cancellationToken);

    public ValueTask DisposeAsync()
    {
        lock (_mailbox.Lock)
            _mailbox.MaildropOpen = false;
        return ValueTask.CompletedTask;
    }
}

internal static class MemoryContents
{
    public static async IAsyncEnumerable<MessageContent> ReadAsync(
        MemoryMailbox mailbox, MemoryFolder folder, IReadOnlyList<uint> uids, ContentScope scope,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        mailbox.Backend.ThrowIfDown();
        foreach (var message in Find(mailbox, folder, uids))
        {
            await Task.CompletedTask;
            cancellationToken.ThrowIfCancellationRequested();
            var length = scope == ContentScope.Whole ? message.Content.Length : HeaderLength(message.Content);
            yield return new MessageContent(message.Uid, length, new MemoryStream(message.Content, 0, length, writable: false));
        }
    }

    private static List<MemoryMessage> Find(MemoryMailbox mailbox, MemoryFolder folder, IReadOnlyList<uint> uids)
    {
        lock (mailbox.Lock)
        {
            var wanted = uids.ToHashSet();
            return folder.Messages.FindAll(m => wanted.Contains(m.Uid));
        }
    }

    private static int HeaderLength(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("\r\n"u8))
            return 2;
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message.Length : end + 4;
    }
}

using System.Text;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.MailHosting.Transcripts;
using MailProtocol = AdminPortal.MailServer.MailProtocol;

namespace AdminPortal.MailServerTests.Harness;

/// <summary>
/// The portal's backend on PostgreSQL, with the members by which the mail server's transcripts arrange and look: MailServer.Tests plays them
/// on the memory backend, which has the same. One server has a house to itself, and gives it back clean.
/// </summary>
/// <remarks>The members wait for the database where their namesakes wait for nothing, so that one source serves both.</remarks>
internal sealed class TestBackend(TimeProvider clock) : IMailBackend, IAsyncDisposable
{
    private readonly TranscriptHouse house = Now(TranscriptHouses.BorrowAsync);

    private IMailBackend Portals => house.Process.Backend;

    /// <summary>True: the database lets nobody in.</summary>
    public bool IsDown
    {
        set => Now(() => house.CloseAsync(value));
    }

    /// <summary>So many expunged UIDs <see cref="Change"/> leaves remembered.</summary>
    public int RememberedExpunges { get; set; } = Forgetting.Kept;

    public void AddMailbox(string address, string password, params string[] aliases) => Now(() => house.AddAsync(address, password, aliases));

    public void AddServiceCredential(string name, string password) => Now(() => house.SetServiceAsync(name, password));

    /// <summary>The words are the portal's own, in the mailbox's language.</summary>
    public void SwitchOff(string address, MailProtocol protocol, string reason) =>
        Now(() => house.SwitchOffAsync(address, Enum.Parse<Data.MailProtocol>(protocol.ToString())));

    public void SetAfterRetrieval(string address, AfterRetrieval after) => Now(() => house.SetAfterDownloadAsync(address, after switch
    {
        AfterRetrieval.MarkSeen => Data.AfterDownload.MarkRead,
        AfterRetrieval.Delete => Data.AfterDownload.Delete,
        AfterRetrieval.Archive => Data.AfterDownload.Archive,
        _ => Data.AfterDownload.Leave,
    }));

    public void SetQuota(string address, long octets) => Now(() => house.SetQuotaAsync(address, octets));

    public void SetSharedFolder(string name, FolderRight right) => Now(() => house.SetSharedFolderAsync(name, right));

    public uint Deliver(string address, string message, string folder = "INBOX", MessageFlags flags = MessageFlags.None) => Now(async () =>
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")));
        var outcome = await house.Store(address).AppendAsync(folder, [new(flags, [], clock.GetUtcNow(), content)], CancellationToken.None);
        return ((AppendOutcome.Appended)outcome).Uids[0];
    });

    public void Change(string address, IReadOnlyList<uint> flag, IReadOnlyList<uint> expunge) =>
        Now(() => house.ChangeAsync(address, flag, expunge, RememberedExpunges));

    public IReadOnlyList<string> Messages(string address, string folder = "INBOX") => Now(async () =>
    {
        var opened = (OpenFolderOutcome.Opened)await house.Store(address).OpenFolderAsync(folder, readOnly: true, CancellationToken.None);
        await using var closing = opened.Folder;
        var messages = new List<string>();
        await foreach (var content in opened.Folder.ReadAsync([.. opened.Snapshot.Messages.Select(m => m.Uid)], ContentScope.Whole, CancellationToken.None))
        {
            using var reader = new StreamReader(content.Content, Encoding.UTF8);
            messages.Add(await reader.ReadToEndAsync());
        }
        return messages;
    });

    public Task<AuthenticationResult> AuthenticateAsync(
        MailProtocol protocol, MailCredentials credentials, MailPeer peer, CancellationToken cancellationToken) =>
        Portals.AuthenticateAsync(protocol, credentials, peer, cancellationToken);

    public Task<PasswordSalting> FindSaltingAsync(string name, CancellationToken cancellationToken) => Portals.FindSaltingAsync(name, cancellationToken);

    public async ValueTask DisposeAsync() => await TranscriptHouses.GiveBackAsync(house);

    // On the pool, where no test's context waits for its own thread.
    private static T Now<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    private static void Now(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();
}

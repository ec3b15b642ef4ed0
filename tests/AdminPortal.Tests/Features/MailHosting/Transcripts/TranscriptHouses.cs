using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.MailHosting.Transcripts;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;
using MailProtocol = AdminPortal.Data.MailProtocol;

[assembly: AssemblyFixture(typeof(TranscriptHouses))]

namespace AdminPortal.Tests.Features.MailHosting.Transcripts;

/// <summary>
/// Mail houses that are lent to one test server at a time: a migrated database and a serving process take longer than a transcript, so they
/// are used again. As many as tests run at once.
/// </summary>
public sealed class TranscriptHouses : IAsyncDisposable
{
    private static readonly ConcurrentBag<TranscriptHouse> Free = [];
    private static readonly ConcurrentBag<TranscriptHouse> All = [];

    internal static async Task<TranscriptHouse> BorrowAsync()
    {
        if (Free.TryTake(out var house)) return house;
        var cluster = await TestContext.Current.GetFixture<TestCluster>() ?? throw new InvalidOperationException("A cluster is a fixture of this assembly.");
        var made = await TranscriptHouse.BuildAsync(cluster);
        All.Add(made);
        return made;
    }

    internal static async Task GiveBackAsync(TranscriptHouse house)
    {
        await house.CleanAsync();
        Free.Add(house);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var house in All) await house.DisposeAsync();
    }
}

/// <summary>One serving process before a database of its own, in which a test server's mailboxes come and go.</summary>
internal sealed class TranscriptHouse(MailHouse house, NpgsqlDataSource arranging) : IAsyncDisposable
{
    // Many transcripts guess wrong on purpose; what guessing meets is told elsewhere. A quota is what a transcript sets.
    private static readonly Dictionary<string, string?> Unlimited = new()
    {
        ["Limits:Guesses:PerAccount"] = "1000000", ["Limits:Guesses:PerAddress"] = "2000000", ["Limits:Guesses:PerNetwork"] = "1000000",
        ["Limits:Guesses:PerWideNetwork"] = "1000000", ["Limits:Guesses:Free"] = "1000000", ["Limits:Guesses:Repeats"] = "1000000",
        ["Limits:Mailboxes:Octets"] = long.MaxValue.ToString(), ["Limits:Mailboxes:MessagesPerHour"] = "1000000",
        ["Limits:Mailboxes:RecipientsPerHour"] = "1000000",
    };

    private readonly Dictionary<string, Person> people = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(Person, MailProtocol)> switchedOff = [];
    private (string Name, string Password)? service;
    private bool wasClosed;

    public MailProcess Process => house.First;

    public static async Task<TranscriptHouse> BuildAsync(TestCluster cluster)
    {
        var house = new MailHouse(cluster) { Settings = Unlimited };
        await house.InitializeAsync();
        return new(house, NpgsqlDataSource.Create(house.Database.SuperuserConnectionString));
    }

    /// <summary>The folders of a mailbox, as a session of somebody else would have them.</summary>
    public PortalMailStore Store(string address) =>
        new(Rows(address), Get<FolderWatches>(), Get<FolderBell>(), mostFolders: 1_000);

    /// <summary>A mailbox with its folders as they are from the start. UIDVALIDITY counts from 1, where a real one tells the time.</summary>
    public async Task AddAsync(string address, string password, string[] aliases)
    {
        if (!people.TryGetValue(address, out var person))
        {
            var names = aliases.Select(alias => alias[..alias.IndexOf('@')]).ToArray();
            person = await house.NewcomerAsync(house.Contoso, address[..address.IndexOf('@')], "en", null, password, names);
            people.Add(address, person);
        }
        await ArrangeAsync("SELECT ensure_mail_store($1, $2)", person.At.Id, person.Id);
        await ArrangeAsync(
            "UPDATE mail_folder SET uid_validity = array_position(ARRAY['INBOX', 'Sent', 'Drafts', 'Junk', 'Trash', 'Archive'], name) WHERE mailbox_id = $1", person.Id);
        await ArrangeAsync("UPDATE mail_store SET last_uid_validity = 6 WHERE mailbox_id = $1", person.Id);
    }

    public async Task SetServiceAsync(string name, string password)
    {
        if (service == (name, password)) return;
        await ArrangeAsync(
            "UPDATE service_credential SET user_name = $2, password_hash = $3 WHERE tenant_id = $1",
            house.Contoso.Id, name, SHA256.HashData(Encoding.UTF8.GetBytes(password)));
        service = (name, password);
    }

    public async Task SwitchOffAsync(string address, MailProtocol protocol)
    {
        switchedOff.Add((people[address], protocol));
        await Process.PublishAsync(await house.SwitchAsync(people[address], protocol, AccessSetting.Disabled));
    }

    public Task SetAfterDownloadAsync(string address, AdminPortal.Data.AfterDownload after) =>
        ArrangeAsync("UPDATE mailbox SET after_download = $2 WHERE id = $1", people[address].Id, (short)after);

    public Task SetQuotaAsync(string address, long octets) =>
        ArrangeAsync("UPDATE mailbox SET quota = $2 WHERE id = $1", people[address].Id, octets);

    public Task SetSharedFolderAsync(string name, FolderRight right) => ArrangeAsync(
        """
        INSERT INTO mail_folder (tenant_id, id, name, public_right, uid_validity, uid_next, highest_mod_seq, recent_from)
        SELECT $1, new_uuid(), $2, $3, 1 + count(*), 1, 1, 1 FROM mail_folder WHERE tenant_id = $1 AND mailbox_id IS NULL
        ON CONFLICT (tenant_id, owner_id, name) DO UPDATE SET public_right = EXCLUDED.public_right
        """,
        house.Contoso.Id, name, (short)right);

    /// <summary>What another session might do to INBOX.</summary>
    public async Task ChangeAsync(string address, IReadOnlyList<uint> flag, IReadOnlyList<uint> expunge, int remembered)
    {
        var opened = (OpenFolderOutcome.Opened)await Store(address).OpenFolderAsync("INBOX", readOnly: true, CancellationToken.None);
        await using var folder = opened.Folder;
        foreach (var uid in expunge) await ExpungeAsync(Rows(address), uid, remembered);
        await folder.StoreFlagsAsync(flag, new(FlagChangeMode.Add, MessageFlags.Flagged, []), null, CancellationToken.None);
    }

    /// <summary>Whoever is in is thrown out and nobody is let in, as if PostgreSQL were away; or the contrary.</summary>
    public async Task CloseAsync(bool closed)
    {
        wasClosed |= closed;
        await ArrangeAsync($"""
            ALTER DATABASE {new NpgsqlConnectionStringBuilder(house.ServingConnectionString).Database} CONNECTION LIMIT {(closed ? 0 : -1)};
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {closed} AND datname = current_database() AND usename <> current_user;
            """);
    }

    public async Task CleanAsync()
    {
        if (wasClosed) await OpenAgainAsync();
        await ArrangeAsync("DELETE FROM mail_folder; DELETE FROM mail_store; DELETE FROM mail_subscription; UPDATE mailbox SET quota = NULL, after_download = NULL WHERE quota IS NOT NULL OR after_download IS NOT NULL;");
        foreach (var (person, protocol) in switchedOff) await house.SwitchAsync(person, protocol, AccessSetting.Inherit);
        switchedOff.Clear();
    }

    private async Task OpenAgainAsync()
    {
        await CloseAsync(false);
        // Connections that were cut must not surprise whoever comes next.
        NpgsqlConnection.ClearAllPools();
        foreach (var process in new[] { house.First, house.Second }) process.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        wasClosed = false;
    }

    public async ValueTask DisposeAsync()
    {
        await arranging.DisposeAsync();
        await house.DisposeAsync();
    }

    private async Task ExpungeAsync(MailboxRows rows, uint uid, int remembered)
    {
        var (folderId, modSeq) = await rows.RunAsync(
            async connection =>
            {
                await using var find = Sql.Command(
                    connection, "SELECT id FROM mail_folder WHERE tenant_id = $1 AND mailbox_id = $2 AND name = 'INBOX'", rows.TenantId, rows.MailboxId);
                var inbox = (Guid)(await find.ExecuteScalarAsync())!;
                var removed = await Removal.RunAsync(connection, rows.TenantId, inbox, [uid], onlyDeleted: false, CancellationToken.None);
                await Forgetting.RunAsync(connection, rows.TenantId, inbox, int.MaxValue, CancellationToken.None, remembered);
                return (inbox, removed.ModSeq);
            },
            CancellationToken.None);
        Get<FolderBell>().Ring(rows.MailboxId, folderId, modSeq);
    }

    private MailboxRows Rows(string address) => new(Get<MailDatabase>(), people[address].At.Id, people[address].Id, () => { });

    private T Get<T>() where T : notnull => Process.Services.GetRequiredService<T>();

    private async Task ArrangeAsync(string sql, params object[] values)
    {
        await using var command = arranging.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}

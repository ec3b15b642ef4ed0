using System.Buffers.Binary;
using System.Collections.Concurrent;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// Tells of committed changes to folders: this process at once, others by NOTIFY, which names many folders together and is sent at most once
/// per 10 ms, because a NOTIFY in every transaction costs two thirds of the write rate. A lost one costs a second (<see cref="FolderListener"/>).
/// </summary>
internal sealed partial class FolderBell(NpgsqlDataSource dataSource, FolderWatches watches, TimeProvider time, ILogger<FolderBell> logger)
{
    internal const string Channel = "adminportal_mail";

    /// <summary>The position of a folder that is gone: greater than any, so that whoever has it open looks, and finds nothing.</summary>
    public const long Gone = long.MaxValue;

    // NOTIFY carries less than 8,000 octets; one folder takes 40, 56 as text with its comma.
    private const int FoldersPerNotice = 130;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private readonly ConcurrentDictionary<Guid, (Guid OwnerId, long ModSeq)> pending = new();
    private int ringing;

    /// <summary>To be called after the commit.</summary>
    public void Ring(Guid ownerId, Guid folderId, long modSeq)
    {
        watches.Raise(ownerId, folderId, modSeq);
        pending.AddOrUpdate(folderId, (ownerId, modSeq), (_, known) => (ownerId, Math.Max(known.ModSeq, modSeq)));
        if (Interlocked.Exchange(ref ringing, 1) == 0)
            _ = SendAsync();
    }

    /// <summary>What a notice says.</summary>
    internal static IEnumerable<(Guid OwnerId, Guid FolderId, long ModSeq)> Read(string payload)
    {
        var buffer = new byte[42];
        foreach (var part in payload.Split(',', StringSplitOptions.RemoveEmptyEntries))
            if (Convert.TryFromBase64String(part, buffer, out var length) && length == 40)
                yield return (new(buffer.AsSpan(0, 16)), new(buffer.AsSpan(16, 16)), BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(32)));
    }

    private async Task SendAsync()
    {
        do
        {
            while (!pending.IsEmpty)
            {
                await NotifyAsync(Take());
                await Task.Delay(Interval, time);
            }
            Volatile.Write(ref ringing, 0);
        }
        // Whoever rang between the last look and the line above found the bell ringing, and relies on this one.
        while (!pending.IsEmpty && Interlocked.Exchange(ref ringing, 1) == 0);
    }

    private async Task NotifyAsync(string payload)
    {
        try
        {
            await using var notify = dataSource.CreateCommand("SELECT pg_notify($1, $2)");
            notify.Parameters.Add(new() { Value = Channel });
            notify.Parameters.Add(new() { Value = payload });
            await notify.ExecuteNonQueryAsync();
        }
        catch (Exception exception) when (exception is NpgsqlException or ObjectDisposedException)
        {
            LogLost(exception.Message);
        }
    }

    private string Take()
    {
        var parts = new List<string>();
        foreach (var folderId in pending.Keys.Take(FoldersPerNotice))
            if (pending.TryRemove(folderId, out var change))
                parts.Add(Write(change.OwnerId, folderId, change.ModSeq));
        return string.Join(',', parts);
    }

    private static string Write(Guid ownerId, Guid folderId, long modSeq)
    {
        Span<byte> buffer = stackalloc byte[40];
        ownerId.TryWriteBytes(buffer);
        folderId.TryWriteBytes(buffer[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[32..], modSeq);
        return Convert.ToBase64String(buffer);
    }

    [LoggerMessage(LogLevel.Warning, "Other processes could not be told of changed folders; they notice within a second: {Reason}")]
    private partial void LogLost(string reason);
}

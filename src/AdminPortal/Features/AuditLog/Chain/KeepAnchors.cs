using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>
/// Writes where every tenant's chain ends into a file outside the database, at start and every hour. Whoever owns the database can write a
/// whole chain anew, hashes and all, but not this file: <c>verify-audit</c> compares the two. It is best copied away, or lies on a volume of its own.
/// </summary>
internal sealed partial class KeepAnchors(CrossTenant crossTenant, IOptions<HostingOptions> hosting, TimeProvider time, ILogger<KeepAnchors> logger) : BackgroundService
{
    private readonly Dictionary<string, long> kept = [];

    /// <summary>Appends the heads that have moved on since the last time.</summary>
    /// <returns>How many.</returns>
    public async Task<int> WriteAsync(CancellationToken cancellationToken)
    {
        var moved = (await crossTenant.ListChainHeadsAsync(cancellationToken)).Where(head => kept.GetValueOrDefault(head.Slug) != head.Number).ToList();
        if (moved.Count == 0) return 0;
        await using var file = new FileStream(hosting.Value.AuditAnchorPath, Appending);
        await using var writer = new StreamWriter(file);
        foreach (var head in moved) await writer.WriteAsync($"{Anchors.Line(head.Slug, new(head.Number, Convert.ToHexStringLower(head.Hash), head.At))}\n");
        await writer.FlushAsync(cancellationToken);
        file.Flush(flushToDisk: true);
        foreach (var head in moved) kept[head.Slug] = head.Number;
        return moved.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(hosting.Value.AuditAnchorInterval, time);
        do
            try
            {
                await WriteAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException || DatabaseAway.IsCauseOf(exception))
            {
                LogNotKept(hosting.Value.AuditAnchorPath, exception.Message);
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static FileStreamOptions Appending => new()
    {
        Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite,
        UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    [LoggerMessage(LogLevel.Error, "The ends of the audit chains could not be kept in {File}: {Reason}")]
    private partial void LogNotKept(string file, string reason);
}

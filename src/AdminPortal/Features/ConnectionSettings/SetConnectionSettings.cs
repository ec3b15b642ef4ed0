using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.ConnectionSettings;

/// <param name="Mailbox">An address or an id.</param>
/// <param name="Lines">All lines that the mailbox shall have of its own; a protocol without one inherits.</param>
/// <param name="IsExpected">What the caller believes the current state's tag to be.</param>
internal sealed record SetConnectionSettingsRequest(string Mailbox, IReadOnlyList<WantedLine> Lines, Func<string, bool> IsExpected);

internal abstract record SetConnectionSettingsOutcome
{
    private SetConnectionSettingsOutcome() { }

    public sealed record Done(MailboxConnection Now) : SetConnectionSettingsOutcome;

    /// <summary>The state is no longer what the caller saw; nothing was written.</summary>
    public sealed record Conflict(MailboxConnection Current) : SetConnectionSettingsOutcome;

    public sealed record NotFound : SetConnectionSettingsOutcome;
}

/// <summary>Gives one mailbox lines of its own, in place of what it inherits.</summary>
internal sealed class SetConnectionSettings(PortalDbContext db, GetConnectionSettings get, Actor actor, TimeProvider time)
{
    private const int Attempts = 4;

    public async Task<SetConnectionSettingsOutcome> HandleAsync(SetConnectionSettingsRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await get.FindToChangeAsync(request.Mailbox, cancellationToken) is not { } found) return new SetConnectionSettingsOutcome.NotFound();
            if (!request.IsExpected(found.Tag())) return new SetConnectionSettingsOutcome.Conflict(found);

            await ReplaceAsync(found.Mailbox, request.Lines, cancellationToken);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                var now = await get.FindAsync(found.Mailbox.Id.ToString(), cancellationToken);
                return now is null ? new SetConnectionSettingsOutcome.NotFound() : new SetConnectionSettingsOutcome.Done(now);
            }
            catch (DbUpdateConcurrencyException) when (attempt < Attempts)
            {
                // Somebody else changed the mailbox between the look and the write: look again, tag included.
                db.ChangeTracker.Clear();
            }
        }
    }

    private async Task ReplaceAsync(Mailbox mailbox, IReadOnlyList<WantedLine> wanted, CancellationToken cancellationToken)
    {
        var before = await db.MailEndpoints.Where(line => line.MailboxId == mailbox.Id).OrderBy(line => line.Position).ToListAsync(cancellationToken);
        var after = wanted.Select((line, position) => line.ToEndpoint(mailbox.TenantId, null, mailbox.Id, (short)position)).ToList();
        db.MailEndpoints.RemoveRange(before);
        db.MailEndpoints.AddRange(after);
        db.AuditEvents.Add(actor.Did(
            mailbox.TenantId, AuditActions.ConnectionSettingsChanged, "mailbox", mailbox.Id, mailbox.Address,
            EndpointWords.Of(before), EndpointWords.Of(after)));
        // The mailbox's version is what two writers meet at: its lines have none in common.
        mailbox.UpdatedAt = time.GetUtcNow();
    }
}

/// <summary>Lines as the audit trail shows them.</summary>
internal static class EndpointWords
{
    public static object Of(IEnumerable<MailEndpoint> lines) => new { lines = lines.Select(Of).ToList() };

    private static string Of(MailEndpoint line) => line.Preset == EndpointPreset.ThisServer
        ? $"{line.Protocol.Word()} thisServer {line.Security}"
        : $"{line.Protocol.Word()} {line.Host}:{line.Port} {line.Security}";
}

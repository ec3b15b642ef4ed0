using AdminPortal.Data;
using AdminPortal.Jobs;

namespace AdminPortal.Features.MailAccess;

/// <summary>Which mailboxes a bulk change takes: exactly one member is given.</summary>
public sealed record BulkSelection(IReadOnlyList<Guid>? Ids = null, IReadOnlyList<string>? Addresses = null, MailboxFilter? Filter = null);

/// <summary>The same changes to many mailboxes. As an operation's request it is stored, so its members keep their names.</summary>
public sealed record BulkAccessChange(BulkSelection Selection, AccessChanges Changes);

/// <summary>What a bulk change would do, had it run at that moment.</summary>
/// <param name="Matched">How many mailboxes the selection finds.</param>
/// <param name="WillChange">How many of them differ.</param>
/// <param name="Unchanged">How many are so already.</param>
/// <param name="Refused">What was named and is not there.</param>
/// <param name="UsedRecently">How many used, in the last 30 days, a protocol that would be disabled for them.</param>
public sealed record BulkPreview(int Matched, int WillChange, int Unchanged, IReadOnlyList<RefusedItem> Refused, int UsedRecently);

/// <param name="Mailbox">As it was named.</param>
/// <param name="Why">A stable code: <c>notFound</c>.</param>
public sealed record RefusedItem(string Mailbox, string Why);

/// <summary>How asking for a bulk change ended.</summary>
public abstract record BulkSetMailAccessOutcome
{
    private BulkSetMailAccessOutcome() { }

    /// <summary>It is queued.</summary>
    public sealed record Accepted(Operation Operation) : BulkSetMailAccessOutcome;

    /// <summary>What was asked makes no sense; a sentence by field.</summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : BulkSetMailAccessOutcome;
}

/// <summary>Accepts a bulk change: validate, store the operation, wake a worker.</summary>
public sealed class BulkSetMailAccess(PortalDbContext db, OperationQueue queue, BulkAccessStatements statements)
{
    public const string Kind = "accessChange";

    /// <summary>As many mailboxes may be named one by one; more are better described by a filter.</summary>
    public const int MostNamed = 100_000;

    public async Task<BulkSetMailAccessOutcome> AcceptAsync(BulkAccessChange change, string? reason, CancellationToken cancellationToken)
    {
        var errors = Check(change);
        if (errors.Count > 0) return new BulkSetMailAccessOutcome.Invalid(errors);

        var named = change.Selection.Ids?.Count ?? change.Selection.Addresses?.Count ?? 0;
        var operation = queue.Add(Kind, change, string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(), total: named);
        await db.SaveChangesAsync(cancellationToken);
        queue.Wake();
        return new BulkSetMailAccessOutcome.Accepted(operation);
    }

    /// <summary>What the change would do now. Null with errors where it makes no sense.</summary>
    public async Task<(BulkPreview? Preview, IReadOnlyDictionary<string, string[]> Errors)> PreviewAsync(
        BulkAccessChange change, CancellationToken cancellationToken)
    {
        var errors = Check(change);
        return errors.Count > 0 ? (null, errors) : (await statements.PreviewAsync(change, cancellationToken), errors);
    }

    private static Dictionary<string, string[]> Check(BulkAccessChange change)
    {
        var errors = new Dictionary<string, string[]>();
        var (ids, addresses, filter) = change.Selection;
        if (new object?[] { ids, addresses, filter }.Count(member => member is not null) != 1)
            errors["selection"] = ["Give exactly one of ids, addresses and filter."];
        if ((ids?.Count ?? addresses?.Count ?? 0) > MostNamed)
            errors["selection"] = [$"At most {MostNamed} mailboxes may be named. Use a filter for more."];
        if (addresses?.Any(a => a is null || a.Contains('\0')) == true)
            errors["selection"] = ["An address is missing, or holds a character that no address has."];
        if (ids?.Count == 0 || addresses?.Count == 0)
            errors["selection"] = ["Nothing is selected."];
        if (change.Changes.IsEmpty)
            errors["changes"] = ["Say what shall become of pop3, imap or smtp."];
        return errors;
    }
}

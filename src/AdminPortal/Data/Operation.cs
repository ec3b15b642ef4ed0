using System.Text.Json;

namespace AdminPortal.Data;

/// <summary>
/// Durable queued work with an outcome per item. It is written in the transaction that asks for it, claimed by one worker at a time under
/// a lease, and its final state commits together with its work: after a crash it either happened and says so, or is taken up again.
/// </summary>
public sealed class Operation : ITenantOwned, IVersioned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    /// <summary><c>accessChange</c>, <c>import</c> …: which handler runs it.</summary>
    public required string Kind { get; init; }

    public OperationState State { get; set; } = OperationState.Queued;

    /// <summary>What was asked, as the handler's own request type in JSON.</summary>
    public required JsonDocument Request { get; init; }

    public int Total { get; set; }

    public int Done { get; set; }

    public int Changed { get; set; }

    public int Unchanged { get; set; }

    public int Refused { get; set; }

    /// <summary>Why it failed, in a sentence for a person; null unless failed.</summary>
    public string? Error { get; set; }

    public string? Reason { get; init; }

    public required string RequestedBy { get; init; }

    public ActorKind RequestedByKind { get; init; }

    public Guid? RequestedById { get; init; }

    public string? RemoteAddress { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Until when the worker that holds it is believed to be alive.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Raised at every claim: a worker that lost its lease can no longer finish.</summary>
    public int Fence { get; set; }

    public bool CancelRequested { get; set; }

    public Guid? UndoOf { get; init; }

    public Guid? UndoneBy { get; set; }

    public long Version { get; set; } = 1;
}

/// <summary>What became of one mailbox (or one line of a file) in an operation.</summary>
public sealed class OperationItem : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid OperationId { get; init; }

    /// <summary>Position in the operation; for imports the line in the file.</summary>
    public int Position { get; init; }

    public Guid? MailboxId { get; init; }

    /// <summary>The mailbox's address, or what the file called it.</summary>
    public required string Name { get; init; }

    /// <summary><c>changed</c>, <c>unchanged</c>, <c>created</c>, <c>refused</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why it was refused: a stable code, worded by the page.</summary>
    public string? Why { get; init; }

    /// <summary>The settings before, so that the operation can be undone.</summary>
    public JsonDocument? Before { get; init; }

    public JsonDocument? After { get; init; }
}

/// <summary>An uploaded file of an import, kept from the preview until it was applied or a day has passed.</summary>
public sealed class Import : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid Id { get; init; }

    public required string FileName { get; init; }

    public long Bytes { get; set; }

    /// <summary>The choices made with the upload, in JSON.</summary>
    public required JsonDocument Options { get; set; }

    /// <summary>What the preview found, in JSON; null until it ran.</summary>
    public JsonDocument? Preview { get; set; }

    public Guid? OperationId { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A piece of an uploaded file, in order.</summary>
public sealed class ImportChunk : ITenantOwned
{
    public Guid TenantId { get; init; }

    public Guid ImportId { get; init; }

    public int Position { get; init; }

    public required byte[] Content { get; init; }
}

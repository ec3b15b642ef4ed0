using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>Words an entry of the audit trail for whoever acts in this unit of work.</summary>
internal static class Audit
{
    /// <param name="actor">Who acts.</param>
    /// <param name="tenantId">Whose trail.</param>
    /// <param name="action">Of <see cref="AuditActions"/>.</param>
    /// <param name="kind">The kind of thing: <c>tenant</c>, <c>plan</c> …</param>
    /// <param name="id">The thing.</param>
    /// <param name="name">What it is called now.</param>
    /// <param name="before">The members that change, as they were; never a secret.</param>
    /// <param name="after">The same members as they become.</param>
    /// <param name="reason">In the actor's own words.</param>
    public static AuditEvent Did(
        this Actor actor, Guid tenantId, string action, string kind, Guid? id, string name, object? before = null, object? after = null,
        string? reason = null) => new()
    {
        TenantId = tenantId,
        ActorName = actor.Name,
        ActorKind = actor.Kind,
        ActorId = actor.Id,
        Action = action,
        TargetKind = kind,
        TargetId = id,
        Target = name,
        Before = Document(before),
        After = Document(after),
        Reason = reason,
        OperationId = actor.OperationId,
        RemoteAddress = actor.RemoteAddress,
        UserAgent = actor.UserAgent,
    };

    private static readonly JsonSerializerOptions Words = WordsOf();

    private static JsonSerializerOptions WordsOf()
    {
        var options = new JsonSerializerOptions();
        Json.Configure(options);
        return options;
    }

    private static JsonDocument? Document(object? members) => members is null ? null : JsonSerializer.SerializeToDocument(members, Words);
}

using System.Globalization;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace AdminPortal.Features.AuditLog;

/// <summary>Writes the events of a filter to a file while they are read, page by page: memory stays flat, and no statement waits for the reader.</summary>
internal sealed class AuditExport(ReadAuditLog log, CurrentTenant tenant, TimeProvider time, IOptions<JsonOptions> json)
{
    public const string Csv = "text/csv";
    public const string Ndjson = "application/x-ndjson";
    private const int PageSize = 1_000;

    private static readonly string[] Columns =
    [
        "id", "at", "actor", "actorKind", "action", "targetKind", "target", "targetId", "before", "after", "reason", "operation", "remoteAddress", "userAgent",
    ];

    public static bool Knows(string format) => format is "csv" or "ndjson";

    /// <summary>The file's name says how far the chain was sealed, the header says it in full.</summary>
    public async Task<IResult> FileAsync(AuditFilter filter, string format, CancellationToken cancellationToken)
    {
        var head = await log.HeadAsync(cancellationToken);
        var name = string.Create(CultureInfo.InvariantCulture, $"audit-{tenant.Slug}-{time.GetUtcNow():yyyyMMdd-HHmmss}{(head is null ? "" : $"-seal-{head.Seal}-{head.Hash[..16]}")}.{format}");
        return new AuditFile(name, head, format == "csv" ? Csv : Ndjson, (body, stop) => format == "csv" ? WriteCsvAsync(filter, body, stop) : WriteNdjsonAsync(filter, body, stop));
    }

    private async Task WriteCsvAsync(AuditFilter filter, Stream body, CancellationToken cancellationToken)
    {
        await using var csv = new SafeCsvWriter(body);
        await csv.WriteRowAsync(Columns, cancellationToken);
        await foreach (var e in log.AllAsync(filter, PageSize, cancellationToken)) await csv.WriteRowAsync(Cells(e), cancellationToken);
    }

    private static string?[] Cells(AuditEvent e) =>
    [
        e.Id.ToString(CultureInfo.InvariantCulture), e.At.ToString("O", CultureInfo.InvariantCulture), e.ActorName,
        JsonNamingPolicy.CamelCase.ConvertName(e.ActorKind.ToString()), e.Action, e.TargetKind, e.Target, e.TargetId?.ToString(),
        e.Before?.RootElement.GetRawText(), e.After?.RootElement.GetRawText(), e.Reason, e.OperationId?.ToString(), e.RemoteAddress, e.UserAgent,
    ];

    private async Task WriteNdjsonAsync(AuditFilter filter, Stream body, CancellationToken cancellationToken)
    {
        await foreach (var e in log.AllAsync(filter, PageSize, cancellationToken))
        {
            await JsonSerializer.SerializeAsync(body, AuditEventAnswer.Of(e), json.Value.SerializerOptions, cancellationToken);
            await body.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }
    }

    private sealed class AuditFile(string name, ChainHead? head, string contentType, Func<Stream, CancellationToken, Task> write) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            var disposition = new ContentDispositionHeaderValue("attachment");
            disposition.SetHttpFileName(name);
            context.Response.ContentType = $"{contentType}; charset=utf-8";
            context.Response.Headers.ContentDisposition = disposition.ToString();
            if (head is not null) context.Response.Headers["Audit-Chain-Head"] = $"{head.Seal} {head.Hash}";
            return write(context.Response.Body, context.RequestAborted);
        }
    }
}

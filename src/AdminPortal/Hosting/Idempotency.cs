using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>Marks a route that honours Idempotency-Key.</summary>
/// <param name="ComparesBody">Whether another body under the same key is noticed.</param>
internal sealed record HonoursIdempotencyKey(bool ComparesBody);

/// <summary>
/// A POST that carries an Idempotency-Key is carried out at most once: sent again it gets the first answer, with another body 422, and
/// while the first is being carried out 409. Keys of different callers and tenants never meet; they are kept 24 hours.
/// <para>What is promised: in a tenant, the key's row is part of the handler's first <c>SaveChanges</c>, so it commits with the work or not at
/// all. The answer is written to it afterwards; should the process die in between, the key answers 409 and says that the work was done. A
/// handler that writes past EF Core, and a route about no tenant, have the row written right after them instead.</para>
/// <para>Only what succeeded is kept: a refused request may be sent again with the same key once the reason is gone.</para>
/// </summary>
internal static class Idempotency
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";
    private const int LongestKey = 255;

    /// <param name="route">A POST.</param>
    /// <param name="comparesBody">False for uploads, which are read once while they stream: there only address and length are compared.</param>
    public static RouteHandlerBuilder WithIdempotency(this RouteHandlerBuilder route, bool comparesBody = true) => route
        .WithMetadata(new HonoursIdempotencyKey(comparesBody))
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    /// <summary>After authorisation: a key is its caller's.</summary>
    public static IApplicationBuilder UseIdempotency(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var key = context.Request.Headers[Header];
        if (key.Count == 0 || context.GetEndpoint()?.Metadata.GetMetadata<HonoursIdempotencyKey>() is null) await next(context);
        else if (key is not [{ Length: > 0 and <= LongestKey } text] || !text.All(c => c is > ' ' and <= '~'))
            await Problems.Validation(Header, $"Send one key of 1 to {LongestKey} printable ASCII characters without blanks.").ExecuteAsync(context);
        else await OnceAsync(context, next, text);
    });

    private static async Task OnceAsync(HttpContext context, RequestDelegate next, string key)
    {
        var services = context.RequestServices;
        var request = await HashAsync(context.Request, services.GetRequiredService<IdempotencySecret>(), context.RequestAborted);
        IResult answer;
        // The answer is sent when the key is free again: whoever has it may send the next request at once.
        await using (var claim = await services.GetRequiredService<IdempotencyKeys>().ClaimAsync(key, context.RequestAborted))
            answer = claim switch
            {
                { IsHeldByAnother: true } => Problems.KeyInFlight(),
                { Kept: { } kept } when !CryptographicOperations.FixedTimeEquals(kept.RequestHash, request) => Problems.KeyReused(),
                { Kept: { Status: 0 } } => Problems.AnswerLost(),
                { Kept: { } kept } => new KeptAnswer(kept, claim.BodyOf(kept)),
                _ => await CarryOutAsync(context, next, claim, request),
            };
        await answer.ExecuteAsync(context);
    }

    private static async Task<IResult> CarryOutAsync(HttpContext context, RequestDelegate next, IdempotencyClaim claim, byte[] request)
    {
        claim.CommitWithWork(context.RequestServices.GetRequiredService<PortalDbContext>(), request);
        var wire = context.Response.Body;
        using var written = new MemoryStream();
        context.Response.Body = written;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }

        var body = written.ToArray();
        // The work is done: its answer is kept even if the caller has gone.
        if (context.Response.StatusCode is >= 200 and < 300) await claim.KeepAsync(request, context.Response, body);
        else await claim.ForgetAsync();
        return new Written(body);
    }

    /// <summary>Status and headers are set already.</summary>
    private sealed class Written(byte[] body) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private sealed class KeptAnswer(IdempotencyRecord kept, byte[]? body) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            var response = context.Response;
            response.StatusCode = kept.Status;
            response.Headers[ReplayedHeader] = "true";
            if (kept.Location is not null) response.Headers.Location = kept.Location;
            if (kept.ETag is not null) response.Headers.ETag = kept.ETag;
            if (body is not { Length: > 0 }) return Task.CompletedTask;
            response.ContentType = "application/json; charset=utf-8";
            return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
        }
    }

    // Keyed, because a body may hold a password, and a plain hash of it could be guessed from a copy of the database.
    private static async Task<byte[]> HashAsync(HttpRequest request, IdempotencySecret secret, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString} {request.ContentLength}\n"));
        if (request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<HonoursIdempotencyKey>() is { ComparesBody: false }) return hash.GetHashAndReset();

        request.EnableBuffering();
        var buffer = new byte[16_384];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0;) hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }
}

/// <summary>The key of the hashes of requests.</summary>
internal sealed class IdempotencySecret(KeyFile keyFile)
{
    private readonly Lazy<byte[]> key = new(() => keyFile.KeyFor("idempotency"));

    public byte[] Key => key.Value;
}

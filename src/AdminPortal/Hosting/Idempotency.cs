namespace AdminPortal.Hosting;

/// <summary>Marks a route that honours Idempotency-Key, for the OpenAPI document.</summary>
internal sealed record HonoursIdempotencyKey;

internal static class Idempotency
{
    public const string Header = "Idempotency-Key";

    /// <summary>The same key and request get the same answer; another request 422; one that is being carried out 409. Kept 24 hours.</summary>
    public static RouteHandlerBuilder WithIdempotency(this RouteHandlerBuilder route) => route
        .WithMetadata(new HonoursIdempotencyKey())
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
}

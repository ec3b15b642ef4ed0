using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace AdminPortal.Hosting;

/// <summary>Entity tags (RFC 9110, 8.8.3): an item's is its version; one that depends on more than its row is a hash of what is shown.</summary>
internal static class ETags
{
    public static EntityTagHeaderValue Of(long version) => new($"\"{version}\"");

    /// <summary>A hash of the representation as it would be sent.</summary>
    public static EntityTagHeaderValue Of<T>(T representation, HttpContext context) where T : class
    {
        var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        return Of(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(representation, json)));
    }

    public static EntityTagHeaderValue Of(ReadOnlySpan<byte> hash) => new($"\"{Convert.ToHexStringLower(hash[..Math.Min(16, hash.Length)])}\"");

    /// <summary>What the caller says about the version they are changing.</summary>
    public static Precondition IfMatch(this HttpContext context) => Precondition.Of(context.Request.Headers.IfMatch);

    /// <summary>Answers with the tag; a GET whose If-None-Match names it gets 304 and no body.</summary>
    public static IResult WithETag(this IResult result, EntityTagHeaderValue etag) => new TaggedResult(result, etag);

    /// <summary>Answers 428 to a request without If-Match before the handler is asked, and documents 428 and 412.</summary>
    public static RouteHandlerBuilder RequireIfMatch(this RouteHandlerBuilder route) => route
        .AddEndpointFilter(async (call, next) => call.HttpContext.IfMatch().IsMissing ? Problems.PreconditionRequired() : await next(call))
        .WithMetadata(new IfMatchRequired())
        .ProducesProblem(StatusCodes.Status412PreconditionFailed)
        .ProducesProblem(StatusCodes.Status428PreconditionRequired);

    private sealed class TaggedResult(IResult inner, EntityTagHeaderValue etag) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            context.Response.Headers.ETag = etag.ToString();
            if (!IsKnownTo(context)) return inner.ExecuteAsync(context);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        // RFC 9110, 13.1.2: weak comparison, and only GET and HEAD answer 304.
        private bool IsKnownTo(HttpContext context) =>
            (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            && EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
            && known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: false));
    }
}

/// <summary>Marks a route as one that needs If-Match, for the OpenAPI document.</summary>
internal sealed record IfMatchRequired;

/// <summary>
/// A parsed If-Match header (RFC 9110, 13.1.1). A handler may take it as a parameter. It is compared strongly: a weak tag matches nothing.
/// </summary>
internal sealed class Precondition : IEndpointParameterMetadataProvider
{
    private readonly IReadOnlyList<EntityTagHeaderValue> tags;

    private Precondition(IReadOnlyList<EntityTagHeaderValue> tags, bool isMissing) => (this.tags, IsMissing) = (tags, isMissing);

    /// <summary>No header was sent.</summary>
    public bool IsMissing { get; }

    /// <summary><c>*</c>: whatever version there is.</summary>
    public bool IsAny => tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any));

    public bool Matches(EntityTagHeaderValue current) => IsAny || tags.Any(tag => tag.Compare(current, useStrongComparison: true));

    public bool Matches(long version) => Matches(ETags.Of(version));

    public static Precondition Of(IList<string?> header) => header.Count == 0
        ? new([], isMissing: true)
        : new(EntityTagHeaderValue.TryParseList([.. header.Select(text => text ?? "")], out var tags) ? [.. tags] : [], isMissing: false);

    public static ValueTask<Precondition> BindAsync(HttpContext context, ParameterInfo _) => ValueTask.FromResult(context.IfMatch());

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new IfMatchRequired());
}

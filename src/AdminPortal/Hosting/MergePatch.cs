using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace AdminPortal.Hosting;

/// <summary>
/// The body of a PATCH (RFC 7396): <typeparamref name="T"/> names what may be changed, every member nullable. A member that is absent stays
/// as it is; null takes it back to inherited or to nothing. <c>if (patch.Has(p => p.Name, out var name)) …</c>
/// </summary>
internal sealed class MergePatch<T> : IEndpointParameterMetadataProvider where T : class
{
    private readonly HashSet<string> present;

    private MergePatch(T value, HashSet<string> present) => (Value, this.present) = (value, present);

    /// <summary>What was sent; absent members are null here, as null ones are.</summary>
    public T Value { get; }

    public bool IsEmpty => present.Count == 0;

    public bool Has<TMember>(Expression<Func<T, TMember>> member) => present.Contains(((MemberExpression)member.Body).Member.Name);

    public bool Has<TMember>(Expression<Func<T, TMember>> member, out TMember value)
    {
        value = ((PropertyInfo)((MemberExpression)member.Body).Member).GetValue(Value) is TMember sent ? sent : default!;
        return Has(member);
    }

    /// <summary>For callers inside the portal, such as a page that posts one member of a form.</summary>
    public static MergePatch<T> Of(T value, params string[] members) => new(value, [.. members]);

    public static async ValueTask<MergePatch<T>> BindAsync(HttpContext context, ParameterInfo _)
    {
        if (!IsPatch(context.Request.ContentType))
            throw new BadHttpRequestException($"Send {MergePatch.ContentType}.", StatusCodes.Status415UnsupportedMediaType);

        var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var document = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, json, context.RequestAborted);
        if (document.ValueKind != JsonValueKind.Object) throw new BadHttpRequestException("A merge patch is a JSON object.");
        return new(document.Deserialize<T>(json)!, Present(document, (JsonTypeInfo<T>)json.GetTypeInfo(typeof(T))));
    }

    private static HashSet<string> Present(JsonElement document, JsonTypeInfo<T> type)
    {
        var members = type.Properties.ToDictionary(p => p.Name, p => ((MemberInfo)p.AttributeProvider!).Name, StringComparer.OrdinalIgnoreCase);
        return [.. document.EnumerateObject().Select(sent => members[sent.Name])];
    }

    private static bool IsPatch(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var sent)
        && MergePatch.ContentTypes.Contains(sent.MediaType.Value, StringComparer.OrdinalIgnoreCase);

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(MergePatch.ContentTypes, typeof(T)));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status415UnsupportedMediaType, typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), [Problems.ContentType]));
    }
}

internal static class MergePatch
{
    public const string ContentType = "application/merge-patch+json";
    public static readonly string[] ContentTypes = [ContentType, "application/json"];
}

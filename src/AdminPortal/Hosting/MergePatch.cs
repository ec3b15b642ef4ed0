using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
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
    private readonly JsonElement document;
    private readonly JsonSerializerOptions json;
    private readonly Dictionary<string, JsonElement> sent;

    private MergePatch(JsonElement document, JsonSerializerOptions json)
    {
        if (document.ValueKind != JsonValueKind.Object) throw new BadHttpRequestException("A merge patch is a JSON object.");
        (this.document, this.json) = (document, json);
        Value = document.Deserialize<T>(json)!;
        sent = SentMembers();
    }

    /// <summary>What was sent; absent members are null here, as null ones are.</summary>
    public T Value { get; }

    public bool IsEmpty => sent.Count == 0;

    public bool Has<TMember>(Expression<Func<T, TMember>> member) => sent.ContainsKey(NameOf(member));

    public bool Has<TMember>(Expression<Func<T, TMember>> member, out TMember value)
    {
        value = ((PropertyInfo)((MemberExpression)member.Body).Member).GetValue(Value) is TMember given ? given : default!;
        return Has(member);
    }

    /// <summary>The patch of a member that is an object itself; null where it is absent or null.</summary>
    public MergePatch<TMember>? At<TMember>(Expression<Func<T, TMember?>> member) where TMember : class =>
        sent.TryGetValue(NameOf(member), out var inner) && inner.ValueKind != JsonValueKind.Null ? new(inner, json) : null;

    public static async ValueTask<MergePatch<T>> BindAsync(HttpContext context, ParameterInfo _)
    {
        if (!IsPatch(context.Request.ContentType))
            throw new BadHttpRequestException($"Send {MergePatch.ContentType}.", StatusCodes.Status415UnsupportedMediaType);

        var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        return new(await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, json, context.RequestAborted), json);
    }

    // By the member's name in C#; T may spell it otherwise in JSON.
    private Dictionary<string, JsonElement> SentMembers()
    {
        var names = json.GetTypeInfo(typeof(T)).Properties.ToDictionary(
            p => p.Name, p => ((MemberInfo)p.AttributeProvider!).Name, json.PropertyNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        return document.EnumerateObject().ToDictionary(member => names[member.Name], member => member.Value);
    }

    private static string NameOf<TMember>(Expression<Func<T, TMember>> member) => ((MemberExpression)member.Body).Member.Name;

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

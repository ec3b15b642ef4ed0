using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace AdminPortal.Hosting;

/// <summary>Examples for answers: drawn from the schema, with values that look like the real thing where the member's name says what it is.</summary>
internal static class OpenApiExamples
{
    private static readonly Dictionary<string, (string Type, string Title, string Meaning)> Problems = new()
    {
        ["400"] = ("validation", "The request is not as it should be.", "Something in the request is wrong; `errors` names the fields."),
        ["401"] = ("unauthorized", "Sign in first.", "No valid token or session came along."),
        ["403"] = ("forbidden", "You may not do this.", "The caller's role or the token's scopes do not allow it."),
        ["404"] = ("not-found", "There is nothing here.", "It does not exist, or belongs to somebody else."),
        ["409"] = ("conflict", "That cannot be done now.", "The state of things is against it."),
        ["412"] = ("precondition-failed", "It was changed meanwhile.", "If-Match names an earlier version; `current` shows how it is now."),
        ["413"] = ("too-large", "The request is too large.", "The request is too large."),
        ["415"] = ("unsupported-media-type", "That kind of content is not understood here.", "Another content type is needed."),
        ["422"] = ("idempotency-key-reused", "This Idempotency-Key belongs to another request.", "The Idempotency-Key came with another request before."),
        ["428"] = ("precondition-required", "Say which version you are changing.", "If-Match is missing."),
        ["429"] = ("too-many-requests", "Ask again later.", "Too many requests, or too many wrong tokens from your address: wait as long as Retry-After says."),
        ["503"] = ("unavailable", "The database cannot be reached just now.", "Try again: nothing was changed, or an Idempotency-Key tells."),
    };

    private static readonly Dictionary<string, string> ByName = new()
    {
        ["address"] = "first.mailbox@contoso.example", ["mailbox"] = "first.mailbox@contoso.example", ["userName"] = "first.mailbox@contoso.example",
        ["displayName"] = "First Mailbox", ["domain"] = "contoso.example", ["slug"] = "contoso", ["name"] = "Contoso", ["host"] = "localhost",
        ["reason"] = "Asked for by the owner", ["remoteAddress"] = "192.0.2.10", ["actor"] = "admin@contoso.example", ["prefix"] = "apt_3kTz9QaB",
        ["token"] = "apt_3kTz9QaB…", ["next"] = "kU1xT2…", ["action"] = "mailAccess.changed", ["languages"] = "en", ["scopes"] = "access:write",
    };

    public static string MeaningOf(string status) => Problems.TryGetValue(status, out var problem) ? problem.Meaning : "It was not carried out.";

    public static JsonNode Problem(string status)
    {
        var (type, title, _) = Problems.GetValueOrDefault(status, ("http-" + status, "The request was not carried out.", ""));
        var problem = new JsonObject { ["type"] = Hosting.Problems.TypePrefix + type, ["title"] = title, ["status"] = int.Parse(status) };
        if (status == "400") problem["errors"] = new JsonObject { ["limit"] = new JsonArray("This value is not allowed here: 0.") };
        return problem;
    }

    public static JsonNode? Of(IOpenApiSchema? schema, OpenApiDocument document) => schema is null ? null : Draw("", schema, document, depth: 0);

    private static JsonNode? Draw(string name, IOpenApiSchema schema, OpenApiDocument document, int depth)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
            return depth < 8 && document.Components?.Schemas is { } known && known.TryGetValue(id, out var target) ? Draw(name, target, document, depth + 1) : null;
        if (schema.OneOf is [var first, ..]) return Draw(name, first, document, depth);
        if (schema.Enum is [var word, ..] words) return (words.FirstOrDefault(w => (string?)w == "enabled") ?? word).DeepClone();
        var type = schema.Type & ~JsonSchemaType.Null;
        return type switch
        {
            JsonSchemaType.Object => Members(schema, document, depth),
            JsonSchemaType.Array => schema.Items is { } item && Draw(name, item, document, depth) is { } drawn ? new JsonArray(drawn) : new JsonArray(),
            JsonSchemaType.Boolean => true,
            JsonSchemaType.Integer => name == "port" ? 993 : 1,
            JsonSchemaType.Number => 1.5,
            JsonSchemaType.String => Text(name, schema.Format),
            _ => null,
        };
    }

    private static JsonObject Members(IOpenApiSchema schema, OpenApiDocument document, int depth)
    {
        var members = new JsonObject();
        foreach (var (name, member) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
            members[name] = name == "next" ? null : Draw(name, member, document, depth + 1);
        return members;
    }

    private static string Text(string name, string? format) => format switch
    {
        "uuid" => "01981f6e-8c0a-7d7e-9d7b-2f6f3c1f7a55",
        "date-time" => "2026-03-02T09:00:00Z",
        "uri" => "https://portal.example/",
        _ => ByName.GetValueOrDefault(name, "text"),
    };
}

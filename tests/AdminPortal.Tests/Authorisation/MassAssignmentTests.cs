using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>
/// Members that a caller has no business to set, put into every body that the OpenAPI document speaks of, and into every object within it: each
/// is a 400 that names it, and nothing is changed. A member that a body really has there is left out.
/// </summary>
public sealed partial class MassAssignmentTests(MatrixStage stage) : IClassFixture<MatrixStage>
{
    private static readonly string[] Wanted =
    [
        "tenantId", "tenant", "tenant_id", "id", "version", "createdAt", "updatedAt", "userId", "owner", "role", "isPlatformAdmin", "scopes", "hash", "activeSince",
        "state", "passwordHash", "protectedSecret", "provenBy", "TenantId", "__proto__",
    ];

    private JsonElement? document;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Rows() => new(MatrixRow.All.Where(HasBody).Select(row => row.ToString()));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task What_a_body_does_not_have_is_refused_by_name_and_changes_nothing(string name)
    {
        var row = MatrixRow.Of(name);
        var caller = row.Allows(Caller.TenantAdmin) ? Caller.TenantAdmin : row.Allows(Caller.MailboxOwner) ? Caller.MailboxOwner : row.Allows(Caller.PlatformAdmin) ? Caller.PlatformAdmin : Caller.TenantAdmin;
        var schema = await BodyOfAsync(row) ?? throw new InvalidOperationException($"{row} sends a body that the document does not know.");
        var own = await stage.OwnAsync(row, fresh: false);
        var before = await stage.EverythingAsync(row);
        var sound = JsonNode.Parse(Filled(row, own))!;
        var tried = 0;
        foreach (var place in PlacesOf(sound))
            foreach (var member in Wanted.Except(await MembersAtAsync(schema, place)))
            {
                var body = sound.DeepClone();
                ((JsonObject)place.Aggregate(body, (node, step) => step is int index ? node[index]! : node[(string)step]!))[member] = "00000000-0000-0000-0000-000000000001";
                var answer = await stage.AskAsync(row with { Sends = body.ToJsonString() }, stage.Ours.Slug, own, stage.Of(caller).Program, null);
                Assert.True(answer.Status == (int)HttpStatusCode.BadRequest, $"{row}: {body.ToJsonString()} got {answer.Status}.\n{answer.Body}");
                // Where a whole object is one value, as the changes of many mailboxes, that one is named.
                Assert.True(answer.Body.Contains(member, StringComparison.Ordinal) || (place is [.., string around] && answer.Body.Contains(around, StringComparison.Ordinal)), answer.Body);
                tried++;
            }
        Assert.True(tried >= Wanted.Length / 2);
        var after = await stage.EverythingAsync(row);
        Assert.DoesNotContain(before, table => after[table.Key] != table.Value);
    }

    [Fact]
    public async Task Every_body_that_the_document_speaks_of_is_tried()
    {
        var tried = MatrixRow.All.Where(HasBody).Select(row => $"{row.Method} {row.Template}").ToHashSet();
        var spoken = (await DocumentAsync()).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(o => TakesJson(o.Value)).Select(o => $"{o.Name.ToUpperInvariant()} {path.Name}"));

        Assert.DoesNotContain(spoken, operation => !tried.Contains(operation));
    }

    private static bool HasBody(MatrixRow row) => row.IsApi && row.Sends.StartsWith('{');

    private static bool TakesJson(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").EnumerateObject().Any(c => c.Name.EndsWith("json", StringComparison.Ordinal));

    private string Filled(MatrixRow row, Dictionary<string, string> own) => Placeholder().Replace(
        row.Sends, match => own.GetValueOrDefault(match.Groups["kind"].Value) ?? (match.Value == "{at}" ? stage.Ours.Domain : MatrixObjects.NewName()));

    /// <summary>The way to each object: the body itself, and what lies in it.</summary>
    private static IEnumerable<object[]> PlacesOf(JsonNode node, params object[] way)
    {
        if (node is JsonObject found)
        {
            yield return way;
            foreach (var (name, value) in found)
                if (value is not null)
                    foreach (var deeper in PlacesOf(value, [.. way, name])) yield return deeper;
        }
        if (node is JsonArray { Count: > 0 } list && list[0] is { } first)
            foreach (var deeper in PlacesOf(first, [.. way, 0])) yield return deeper;
    }

    private async Task<JsonElement?> BodyOfAsync(MatrixRow row)
    {
        var operation = (await DocumentAsync()).GetProperty("paths").GetProperty(row.Template).GetProperty(row.Method.ToLowerInvariant());
        return TakesJson(operation) ? operation.GetProperty("requestBody").GetProperty("content").EnumerateObject().First().Value.GetProperty("schema") : null;
    }

    /// <summary>The members that the document allows at that place.</summary>
    private async Task<IEnumerable<string>> MembersAtAsync(JsonElement schema, object[] place)
    {
        var document = await DocumentAsync();
        var shapes = Shapes(document, schema).ToList();
        foreach (var step in place)
            shapes = [.. shapes.SelectMany(shape => step is string name
                ? shape.TryGetProperty("properties", out var members) && members.TryGetProperty(name, out var member) ? Shapes(document, member) : []
                : shape.TryGetProperty("items", out var item) ? Shapes(document, item) : [])];
        return shapes.SelectMany(shape => shape.TryGetProperty("properties", out var members) ? members.EnumerateObject().Select(m => m.Name) : []).ToList();
    }

    private static IEnumerable<JsonElement> Shapes(JsonElement document, JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return Shapes(document, document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]));
        return new[] { "oneOf", "anyOf", "allOf" }
            .SelectMany(kind => schema.TryGetProperty(kind, out var parts) ? parts.EnumerateArray().ToList() : [])
            .SelectMany(part => Shapes(document, part))
            .Append(schema);
    }

    private async Task<JsonElement> DocumentAsync() =>
        document ??= JsonSerializer.Deserialize<JsonElement>(await stage.Portal.Anonymous().GetStringAsync("/openapi/v1.json", Cancel));

    [GeneratedRegex(@"\{(?<kind>(our\.)?[a-zA-Z]+)(:id)?\}")]
    private static partial Regex Placeholder();
}

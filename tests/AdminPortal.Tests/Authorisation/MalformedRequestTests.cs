using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Hosting;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>
/// Broken requests to every operation of the API, by a seed. The short form runs with the other tests; <c>FUZZ_REQUESTS=500</c> and
/// <c>FUZZ_SEED=…</c> make it longer or another one. Whatever is sent, the answer is no failure of ours, and a refusal is a problem (RFC 9457).
/// </summary>
public sealed partial class MalformedRequestTests(MatrixStage stage) : IClassFixture<MatrixStage>
{
    private static readonly int Requests = int.Parse(Environment.GetEnvironmentVariable("FUZZ_REQUESTS") ?? "25");
    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "20261124");

    private static readonly string[] Oddities =
    [
        "", " ", "\0", "a\0b", "\u202Eabc", "\uFFFF", "%", "%%", "'", "\"", "\\", "/", "..", "../../etc/passwd", "<script>alert(1)</script>", "=1+1", "null", "true", "[]", "{}",
        "-1", "0", "1", "1e309", "NaN", "99999999999999999999", "2147483648", "-9223372036854775809", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999+14:00", "2026-02-30",
        "infinity", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{00000000-0000-0000-0000-000000000000}", "a@b", "@", "ä@ö.example", "x@y@z",
        "enabled", "ENABLED", "inherit", "imap", "é", "\U0001F600", "ſ", "İ", new('a', 300), new('a', 5_000), new('é', 70_000),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Rows() => new(MatrixRow.All.Where(row => row.IsApi).Select(row => row.ToString()));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Nothing_that_is_sent_makes_the_portal_fail(string name)
    {
        var row = MatrixRow.Of(name);
        var random = new Random(HashCode(Seed, name));
        var parameters = await ParametersAsync(row);
        await stage.EverythingAsync(row);
        var caller = row.Allows(Caller.TenantAdmin) ? Caller.TenantAdmin : row.Allows(Caller.MailboxOwner) ? Caller.MailboxOwner : Caller.PlatformAdmin;
        for (var number = 0; number < Requests; number++)
        {
            using var request = await BreakAsync(row, parameters, random);
            if (request is null) continue;
            var sent = $"{Seed}/{number}: {request.Method} {request.RequestUri} {request.Content?.Headers.ContentType} {await ShownAsync(request)}";
            using var answer = await stage.Of(caller).Program.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            await AssertSoundAsync(answer, sent);
        }
    }

    private static async Task AssertSoundAsync(HttpResponseMessage answer, string sent)
    {
        var body = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)answer.StatusCode < 500, $"{(int)answer.StatusCode} to {sent}\n{body}");
        Assert.False(OursInside().IsMatch(body), $"{sent} was told of our inside:\n{body}");
        if ((int)answer.StatusCode < 400) return;
        Assert.True(answer.Content.Headers.ContentType?.MediaType == Problems.ContentType, $"{(int)answer.StatusCode} to {sent} is no problem: {answer.Content.Headers.ContentType}\n{body}");
        Assert.Equal((int)answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(body).GetProperty("status").GetInt32());
    }

    /// <returns>Null where what came out cannot be sent by any client.</returns>
    private async Task<HttpRequestMessage?> BreakAsync(MatrixRow row, IReadOnlyList<string> parameters, Random random)
    {
        var objects = await stage.OwnAsync(row, fresh: false);
        var path = Placeholder().Replace(row.Template, match => match.Groups["kind"].Value switch
        {
            "tenant" => random.Next(12) == 0 ? InPath(Odd(random)) : stage.Ours.Slug,
            var kind => random.Next(3) > 0 ? InPath(Odd(random)) : objects.GetValueOrDefault(kind, "x"),
        });
        var query = string.Join('&', Enumerable.Range(0, random.Next(4)).Select(_ => $"{Pick(parameters, random)}={Escape(Odd(random))}"));
        if (!Uri.TryCreate($"{path}?{query}", UriKind.Relative, out var address)) return null;

        var request = new HttpRequestMessage(new(row.Method), address);
        foreach (var header in new[] { "If-Match", "If-None-Match", "Idempotency-Key", "Accept", "Accept-Language" }.Where(h => random.Next(4) == 0 || (h == "If-Match" && random.Next(2) == 0)))
            request.Headers.TryAddWithoutValidation(header, random.Next(2) == 0 ? "*" : HeaderSafe(Odd(random)));
        if (!row.IsSafe && random.Next(10) > 0) request.Content = Body(row, objects, random);
        return request;
    }

    private static ByteArrayContent Body(MatrixRow row, Dictionary<string, string> objects, Random random)
    {
        var sound = Placeholder().Replace(row.Sends, match => objects.GetValueOrDefault(match.Groups["kind"].Value, "x"));
        var text = random.Next(8) switch
        {
            0 => JsonSerializer.Serialize(Odd(random)),
            1 => new string('[', random.Next(1, 5_000)),
            2 => sound.Length == 0 ? "{" : sound[..random.Next(sound.Length)],
            3 => sound.Replace("{", "{\"tenantId\": 1, ", StringComparison.Ordinal),
            _ => Value().Replace(sound, value => random.Next(2) == 0 ? Instead(random) : value.Value),
        };
        var bytes = Encoding.UTF8.GetBytes(text);
        if (random.Next(12) == 0 && bytes.Length > 0) bytes[random.Next(bytes.Length)] = 0xFF;
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", random.Next(8) switch
        {
            0 => "text/plain",
            1 => "application/json; charset=utf-16",
            2 => "multipart/form-data; boundary=x",
            _ when row.Sends.StartsWith("csv:", StringComparison.Ordinal) => "text/csv",
            _ => row.Method == "PATCH" ? "application/merge-patch+json" : "application/json",
        });
        return content;
    }

    private static string Instead(Random random) => random.Next(6) switch
    {
        0 => "null",
        1 => "{\"a\": []}",
        2 => "[1, null, \"x\"]",
        3 => "1e400",
        4 => "\"\\u0000\\ud800\"",
        _ => JsonSerializer.Serialize(Odd(random)),
    };

    private async Task<IReadOnlyList<string>> ParametersAsync(MatrixRow row)
    {
        var document = JsonSerializer.Deserialize<JsonElement>(await stage.Portal.Anonymous().GetStringAsync("/openapi/v1.json", Cancel));
        var operation = document.GetProperty("paths").GetProperty(row.Template).GetProperty(row.Method.ToLowerInvariant());
        var named = operation.TryGetProperty("parameters", out var parameters)
            ? parameters.EnumerateArray().Where(p => p.TryGetProperty("in", out var where) && where.GetString() == "query").Select(p => p.GetProperty("name").GetString()!)
            : [];
        return [.. named, "unknown"];
    }

    private static async Task<string> ShownAsync(HttpRequestMessage request)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(Cancel);
        return body.Length > 400 ? body[..400] + "…" : body;
    }

    private static int HashCode(int seed, string name) => name.Aggregate(seed, (hash, letter) => unchecked((hash * 31) + letter));

    private static string Odd(Random random) => Pick(Oddities, random);

    private static T Pick<T>(IReadOnlyList<T> choices, Random random) => choices[random.Next(choices.Count)];

    private static string Escape(string text) => Uri.EscapeDataString(text.Length > 2_000 ? text[..2_000] : text);

    // A path with a null character Kestrel itself answers with 400, and the tests' server not at all.
    private static string InPath(string text) => Escape(text.Replace("\0", "", StringComparison.Ordinal));

    private static string HeaderSafe(string text) => new([.. text.Where(letter => letter is >= ' ' and < '\x7F').Take(500)]);

    [GeneratedRegex(@"\{(our\.)?(?<kind>[a-zA-Z]+)(:id)?\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("""(?<=:\s*)("[^"]*"|true|false|\d+)""")]
    private static partial Regex Value();

    [GeneratedRegex(@"\bSystem\.|\bMicrosoft\.|\bNpgsql|AdminPortal\.(Data|Features|Hosting|Jobs)|   at |StackTrace|SQLSTATE")]
    private static partial Regex OursInside();
}

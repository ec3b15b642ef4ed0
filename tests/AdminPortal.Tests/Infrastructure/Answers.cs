using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace AdminPortal.Tests.Infrastructure;

/// <summary>Short words for what every test of the API does.</summary>
public static class Answers
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The body as JSON, after the status was found as expected.</summary>
    public static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> answering, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await answering;
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == expected, $"{(int)answer.StatusCode} instead of {(int)expected}: {body}");
        return JsonSerializer.Deserialize<JsonElement>(body);
    }

    /// <summary>A problem of that status (RFC 9457): answers its <c>type</c> without the common beginning.</summary>
    public static async Task<string> ProblemAsync(this Task<HttpResponseMessage> answering, HttpStatusCode expected)
    {
        using var answer = await answering;
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == expected, $"{(int)answer.StatusCode} instead of {(int)expected}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(body);
        Assert.Equal((int)expected, problem.GetProperty("status").GetInt32());
        return problem.GetProperty("type").GetString()!["urn:adminportal:problem:".Length..];
    }

    /// <summary>The messages for one field of a validation problem.</summary>
    public static async Task<string> FieldErrorAsync(this Task<HttpResponseMessage> answering, string field)
    {
        var problem = await answering.JsonAsync(HttpStatusCode.BadRequest);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out var messages), problem.ToString());
        return string.Join(' ', messages.EnumerateArray().Select(m => m.GetString()));
    }

    public static async Task<EntityTagHeaderValue> ETagAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.ETag ?? throw new InvalidOperationException($"{path} has no ETag.");
    }

    /// <summary>Sends a merge patch against the ETag of a read just made, or against the one given.</summary>
    public static async Task<HttpResponseMessage> MergePatchAsync(this HttpClient client, string path, string json, string? ifMatch = null) =>
        await client.SendJsonAsync(HttpMethod.Patch, path, json, ifMatch ?? (await client.ETagAsync(path)).ToString(), contentType: "application/merge-patch+json");

    public static Task<HttpResponseMessage> SendJsonAsync(
        this HttpClient client, HttpMethod method, string path, string? json = null, string? ifMatch = null, string? idempotencyKey = null,
        string contentType = "application/json")
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, contentType);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return client.SendAsync(request, Cancel);
    }

    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient client, string path, string json, string? idempotencyKey = null) =>
        client.SendJsonAsync(HttpMethod.Post, path, json, idempotencyKey: idempotencyKey);
}

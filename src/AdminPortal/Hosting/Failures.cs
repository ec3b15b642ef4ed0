using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The one place where a request's exception is caught for programs: whole in the log, one bland problem outside. What the caller did
/// wrong is told to the caller and is no error of ours.
/// </summary>
internal sealed partial class Failures(RequestDelegate next, LimitHits hits, IOptions<LimitsOptions> limits, ILogger<Failures> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await CatchAsync(context);
        if (context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge) hits.Count(SettingOf(context));
    }

    private async Task CatchAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null } && context.IsApi())
                await ProblemOfStatus(context.Response.StatusCode, context.Request.Method).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered; a stream that was left in the middle has its status already.
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
        }
    }

    // The route's own limit, where it has one, is what its feature says by now.
    private string SettingOf(HttpContext context)
    {
        var most = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return $"{LimitsOptions.Section}:" + (most == limits.Value.Requests.SelectionBytes
            ? $"{nameof(LimitsOptions.Requests)}:{nameof(RequestLimits.SelectionBytes)}"
            : most > limits.Value.Requests.BodyBytes ? $"{nameof(LimitsOptions.Import)}:{nameof(ImportLimits.MaxBytes)}"
            : $"{nameof(LimitsOptions.Requests)}:{nameof(RequestLimits.BodyBytes)}");
    }

    private Task AnswerAsync(HttpContext context, Exception exception)
    {
        var problem = ProblemOf(exception);
        if (problem is null) LogUnexpected(exception, context.Request.Method, OneTimeSecret.Shown(context.Request.Path));
        else if (DatabaseAway.IsCauseOf(exception)) LogDatabaseAway(context.Request.Method, OneTimeSecret.Shown(context.Request.Path), exception.GetBaseException().Message);

        context.Response.Clear();
        if (DatabaseAway.IsCauseOf(exception)) context.Response.Headers.RetryAfter = $"{DatabaseAway.RetryAfter.TotalSeconds:0}";
        return (problem ?? Problems.Of(
            StatusCodes.Status500InternalServerError, "internal-error", "Something went wrong here.", $"It was noted under {context.TraceIdentifier}."))
            .ExecuteAsync(context);
    }

    /// <summary>The answer to an exception that has one; null for what nobody expected.</summary>
    private static IResult? ProblemOf(Exception exception) => exception switch
    {
        _ when DatabaseAway.IsOfAuditTrail(exception) => Problems.NotRecorded(),
        _ when DatabaseAway.IsCauseOf(exception) => Problems.Unavailable(),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } type => Problems.UnsupportedMediaType(Expected(type)),
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad => ProblemOf(bad),
        BadHttpRequestException other => ProblemOfStatus(other.StatusCode, ""),
        JsonException json => ProblemOf(json),
        _ when NullCharacter.IsCauseOf(exception) => Problems.BadRequest("A null character (U+0000) can be neither stored nor looked for."),
        DbUpdateConcurrencyException => Problems.PreconditionFailed(),
        _ => null,
    };

    private static IResult ProblemOf(BadHttpRequestException bad)
    {
        if (bad.InnerException is JsonException json) return ProblemOf(json);
        var parameter = UnboundParameter().Match(bad.Message);
        return parameter.Success
            ? Problems.Validation(JsonNamingPolicy.CamelCase.ConvertName(parameter.Groups["name"].Value), $"This value is not allowed here: {Shown(parameter.Groups["value"].Value)}.")
            : Problems.BadRequest(bad.Message);
    }

    // The message of System.Text.Json names our types; the path names the caller's field.
    private static IResult ProblemOf(JsonException json)
    {
        var field = json.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
        if (UnknownMember().Match(json.Message) is { Success: true } unknown)
            return Problems.Validation(unknown.Groups["name"].Value, "There is no such member here.");
        if (MissingMembers().Match(json.Message) is { Success: true } missing)
            return Problems.Validation(MemberNames().Matches(missing.Value).ToDictionary(m => m.Groups["name"].Value, _ => new[] { "This member is needed." }));
        return field.Length > 0
            ? Problems.Validation(field, "This value is not allowed here.")
            : Problems.BadRequest($"The body is not the JSON that belongs here (line {(json.LineNumber ?? 0) + 1}).");
    }

    private static IResult ProblemOfStatus(int status, string method) => status switch
    {
        StatusCodes.Status401Unauthorized => Problems.Unauthorized(),
        StatusCodes.Status403Forbidden => Problems.Forbidden(),
        StatusCodes.Status404NotFound => Problems.NotFound(),
        StatusCodes.Status405MethodNotAllowed => Problems.Of(status, "method-not-allowed", "This cannot be done here."),
        StatusCodes.Status413PayloadTooLarge => Problems.Of(status, "too-large", "The request is too large."),
        StatusCodes.Status415UnsupportedMediaType => Problems.UnsupportedMediaType(HttpMethods.IsPatch(method) ? MergePatch.ContentType : "application/json"),
        _ => Problems.Of(status, $"http-{status}", "The request was not carried out."),
    };

    private static string Expected(BadHttpRequestException type) => type.Message.StartsWith("Send ", StringComparison.Ordinal) ? type.Message[5..^1] : "application/json";

    private static string Shown(string value) => value.Length <= 100 ? value : value[..100] + "…";

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogUnexpected(Exception exception, string method, string path);

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} was answered 503, the database cannot be reached or the audit trail not be written: {Reason}")]
    private partial void LogDatabaseAway(string method, string path, string reason);

    [GeneratedRegex("""^Failed to bind parameter ".* (?<name>\w+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex UnboundParameter();

    [GeneratedRegex("^The JSON property '(?<name>[^']+)' could not be mapped")]
    private static partial Regex UnknownMember();

    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'(?<name>[^']+)'")]
    private static partial Regex MemberNames();
}

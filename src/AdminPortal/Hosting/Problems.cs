using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Hosting;

/// <summary>
/// Every error that the API answers, as RFC 9457 problem details. <c>type</c> is stable: programs tell errors apart by it, never by the
/// sentences. No detail repeats what the caller may not know.
/// </summary>
internal static class Problems
{
    public const string TypePrefix = "urn:adminportal:problem:";
    public const string ContentType = "application/problem+json";

    /// <summary>It does not exist, or is none of the caller's business: the two are never told apart.</summary>
    public static IResult NotFound() => Of(StatusCodes.Status404NotFound, "not-found", "There is nothing here.");

    /// <param name="errors">Messages by field, named as in the request: <c>selection.addresses</c>, <c>limit</c>.</param>
    public static IResult Validation(IDictionary<string, string[]> errors) =>
        Results.Problem(Details(StatusCodes.Status400BadRequest, "validation", "The request is not as it should be.", null, errors));

    /// <summary>The same for one field.</summary>
    public static IResult Validation(string field, string message) => Validation(new Dictionary<string, string[]> { [field] = [message] });

    public static IResult BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, "bad-request", "The request could not be read.", detail);

    public static IResult Unauthorized(string? detail = null) =>
        Of(StatusCodes.Status401Unauthorized, "unauthorized", "Sign in first.", detail ?? "Send a token in the header Authorization: Bearer …");

    /// <summary>The caller is known and may see the tenant, but not do this.</summary>
    public static IResult Forbidden(string? detail = null) => Of(StatusCodes.Status403Forbidden, "forbidden", "You may not do this.", detail);

    /// <summary>The request is in order but the state of things is against it: a name that is taken, a plan in use.</summary>
    public static IResult Conflict(string detail) => Of(StatusCodes.Status409Conflict, "conflict", "That cannot be done now.", detail);

    public static IResult PreconditionRequired() => Of(
        StatusCodes.Status428PreconditionRequired, "precondition-required", "Say which version you are changing.",
        "Send the ETag of your last read in the header If-Match.");

    /// <summary>Somebody else changed it first. <paramref name="current"/> is how it is now, so that the caller can compare.</summary>
    public static IResult PreconditionFailed(object? current = null)
    {
        var details = Details(StatusCodes.Status412PreconditionFailed, "precondition-failed", "It was changed meanwhile.", "Read it again and decide anew.");
        if (current is not null) details.Extensions["current"] = current;
        return Results.Problem(details);
    }

    public static IResult UnsupportedMediaType(string expected) => Of(
        StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "That kind of content is not understood here.", $"Send {expected}.");

    /// <summary>An Idempotency-Key came again with another request.</summary>
    public static IResult KeyReused() => Of(
        StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", "This Idempotency-Key belongs to another request.",
        "Use a new key for each new request.");

    public static IResult KeyInFlight() => Of(
        StatusCodes.Status409Conflict, "idempotency-key-in-flight", "A request with this Idempotency-Key is being carried out.", "Ask again in a moment.");

    /// <summary>The process died between the work and its answer.</summary>
    public static IResult AnswerLost() => Of(
        StatusCodes.Status409Conflict, "idempotency-answer-lost", "This request was carried out before, but its answer was lost.", "Look at what is there now.");

    /// <summary>Too much of something. The answer's headers say of what, and when to ask again.</summary>
    public static IResult TooMany(string detail) => Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "Ask again later.", detail);

    /// <summary>PostgreSQL cannot be reached.</summary>
    public static IResult Unavailable() => Of(
        StatusCodes.Status503ServiceUnavailable, "unavailable", "The database cannot be reached just now.", "Try again in a few seconds.");

    /// <summary>The audit trail cannot be written, so nothing is changed.</summary>
    public static IResult NotRecorded() => Of(
        StatusCodes.Status503ServiceUnavailable, "not-recorded", "The change could not be recorded, so it was not made.",
        "The audit trail cannot be written just now. Reading works on.");

    /// <summary>Any other status that has no sentence of its own here.</summary>
    public static IResult Of(int status, string type, string title, string? detail = null) => Results.Problem(Details(status, type, title, detail));

    private static ProblemDetails Details(int status, string type, string title, string? detail, IDictionary<string, string[]>? errors = null)
    {
        var details = errors is null ? new ProblemDetails() : new HttpValidationProblemDetails(errors);
        (details.Status, details.Type, details.Title, details.Detail) = (status, TypePrefix + type, title, detail);
        return details;
    }
}

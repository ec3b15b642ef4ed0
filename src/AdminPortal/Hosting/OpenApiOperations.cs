using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace AdminPortal.Hosting;

/// <summary>Adds to every operation what follows from our conventions.</summary>
internal sealed class OpenApiOperations : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        SayWhoMay(operation, metadata);
        DescribeAddress(operation, context.ApiDescription.RelativePath ?? "");
        if (metadata.OfType<IfMatchRequired>().Any())
            AddHeader(operation, "If-Match", "The ETag of the version that is changed; * changes any.", isRequired: true, "\"7\"");
        if (metadata.OfType<HonoursIdempotencyKey>().Any())
            AddHeader(operation, Idempotency.Header, "The same key and request get the same answer for 24 hours.", isRequired: false, "01981f6e-8c0a-7d7e-9d7b-2f6f3c1f7a55");
        DescribeAnswers(operation, context.Document);
    }

    private static void SayWhoMay(OpenApiOperation operation, IList<object> metadata)
    {
        var roles = metadata.OfType<IAuthorizeData>().Select(a => a.Policy).LastOrDefault(p => p is not null) switch
        {
            null => "everybody who is signed in",
            Policies.OwnMailbox => "the mailbox's owner",
            Policies.Platform => "PlatformAdmin",
            var policy => string.Join(", ", Policies.TenantRoles[policy]),
        };
        var scope = metadata.OfType<RequiredScope>().LastOrDefault()?.Scope;
        var who = $"For {roles}. {(scope is null ? "Tokens may not be used here." : $"A token needs the scope `{scope}`.")}";
        if (metadata.OfType<RequireStepUpAttribute>().Any())
            who += $" A browser's session needs a proof given in the last minutes, else it gets 403 with the type `{Problems.TypePrefix}{StepUp.ProblemType}`.";
        operation.Description = string.IsNullOrEmpty(operation.Description) ? who : $"{operation.Description}\n\n{who}";
    }

    /// <summary>What no handler takes as a parameter, or takes as a type of ours that the generator sees as text.</summary>
    private static void DescribeAddress(OpenApiOperation operation, string path)
    {
        if (path.Contains("{tenant}", StringComparison.Ordinal))
            (operation.Parameters ??= []).Insert(0, new OpenApiParameter
            {
                Name = "tenant", In = ParameterLocation.Path, Required = true, Description = "The tenant's slug or id.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = "contoso",
            });
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(p => p.In == ParameterLocation.Query))
            if (parameter.Name == "limit")
                (parameter.Description, parameter.Schema) = ("How many at most.", new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{PageSize.Most}", Default = PageSize.Default.Rows,
                });
            else if (parameter.Name == "cursor")
                parameter.Description = "Where to go on: `next` of the page before.";
    }

    private static void AddHeader(OpenApiOperation operation, string name, string description, bool isRequired, string example) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name, In = ParameterLocation.Header, Description = description, Required = isRequired,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = example,
        });

    private static void DescribeAnswers(OpenApiOperation operation, OpenApiDocument document)
    {
        foreach (var (status, answer) in operation.Responses ?? [])
        {
            if (answer is not OpenApiResponse written) continue;
            var isProblem = written.Content?.ContainsKey(Problems.ContentType) == true;
            if (isProblem) written.Description = OpenApiExamples.MeaningOf(status);
            foreach (var media in (written.Content ?? new Dictionary<string, IOpenApiMediaType>()).Values.OfType<OpenApiMediaType>())
                media.Example ??= isProblem ? OpenApiExamples.Problem(status) : OpenApiExamples.Of(media.Schema, document);
            if (written.Content is { } content && content.Values.FirstOrDefault()?.Schema is OpenApiSchemaReference { Reference.Id: { } id } && id.StartsWith("PageOf", StringComparison.Ordinal))
                Header(written, "Link", "The next page, as rel=\"next\"; absent on the last.");
            if (status is "503" or "429") Header(written, "Retry-After", "Seconds to wait.");
            if (status is "429") Header(written, "RateLimit-Policy", "What was used up, as name, quota and seconds: \"token\";q=1200;w=60.");
            if (status is "429") Header(written, "RateLimit", "What is left of it, and in how many seconds it is whole again: \"token\";r=0;t=60.");
            if (status == "201") Header(written, "Location", "Where it is from now on.");
        }
    }

    internal static void Header(OpenApiResponse answer, string name, string description) =>
        (answer.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] =
            new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}

/// <summary>What is seen from a whole path: an item that needs If-Match to be changed shows its ETag when it is read.</summary>
internal sealed class OpenApiPaths : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        ShareProblems(swaggerDoc);
        foreach (var path in swaggerDoc.Paths.Values)
            if (path.Operations is { } operations && operations.Values.Any(NeedsIfMatch))
                foreach (var (method, operation) in operations)
                    ShowETag(method, operation);
        foreach (var operation in Operations(swaggerDoc)) operation.Responses = InOrder(operation.Responses);
    }

    private static IEnumerable<OpenApiOperation> Operations(OpenApiDocument document) =>
        document.Paths.Values.Where(path => path.Operations is not null).SelectMany(path => path.Operations!.Values);

    private static OpenApiResponses InOrder(OpenApiResponses? responses)
    {
        var ordered = new OpenApiResponses();
        foreach (var (status, answer) in (responses ?? []).OrderBy(r => r.Key, StringComparer.Ordinal)) ordered[status] = answer;
        return ordered;
    }

    /// <summary>The same problem is answered by many operations: it is described once.</summary>
    private static void ShareProblems(OpenApiDocument document)
    {
        var shared = (document.Components ??= new()).Responses ??= new Dictionary<string, IOpenApiResponse>();
        foreach (var responses in Operations(document).Select(operation => operation.Responses).OfType<OpenApiResponses>())
            foreach (var (status, answer) in responses.Where(r => r.Value.Content?.ContainsKey(Problems.ContentType) == true).ToList())
            {
                shared.TryAdd($"Problem{status}", answer);
                responses[status] = new OpenApiResponseReference($"Problem{status}", document);
            }
    }

    private static bool NeedsIfMatch(OpenApiOperation operation) => operation.Parameters?.Any(p => p.Name == "If-Match") == true;

    private static void ShowETag(HttpMethod method, OpenApiOperation operation)
    {
        if (operation.Responses?.GetValueOrDefault("200") is OpenApiResponse answer) OpenApiOperations.Header(answer, "ETag", "The version that was read.");
        if (method != HttpMethod.Get) return;
        operation.Responses!["304"] = new OpenApiResponse { Description = "It is still the version that If-None-Match names." };
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = "If-None-Match", In = ParameterLocation.Header, Description = "An ETag from before: 304 where it is still so.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = "\"7\"",
        });
    }
}

using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace AdminPortal.Hosting;

/// <summary>
/// The document of the API at <c>/openapi/v1.json</c> (OpenAPI 3.1) and a page to try it at <c>/swagger</c>. Routes write what only they know:
/// name, summary, answers. What follows from conventions (headers, problems, examples, scopes) is added here.
/// </summary>
internal static class OpenApi
{
    public const string Document = "v1";
    private const string Bearer = "bearer";

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        // Left to itself the generator takes the JSON options of MVC, which the API does not use.
        services.AddTransient<ISerializerDataContractResolver>(provider =>
            new JsonSerializerDataContractResolver(provider.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions));
        return services.AddSwaggerGen(Configure);
    }

    /// <summary>The page, before anybody is asked who they are.</summary>
    public static void UseOpenApiPage(this IApplicationBuilder app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "swagger";
        page.SwaggerEndpoint($"/openapi/{Document}.json", "AdminPortal");
        page.DocumentTitle = "AdminPortal API";
    });

    /// <summary>The document. Open to everybody: it says what could be asked, never what is there.</summary>
    public static void MapOpenApiDocument(this IEndpointRouteBuilder app) =>
        app.MapSwagger("/openapi/{documentName}.json", swagger => swagger.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1).AllowAnonymous();

    private static void Configure(SwaggerGenOptions swagger)
    {
        swagger.SwaggerDoc(Document, new()
        {
            Title = "AdminPortal",
            Version = Document,
            Description = "Tenants, mailboxes, and who may use POP3, IMAP4 and SMTP. Errors are problem details (RFC 9457) with a stable type; "
                + "items carry an ETag, and changing one needs If-Match; lists page by cursor; PATCH is a merge patch (RFC 7396).",
        });
        swagger.AddSecurityDefinition(Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of this portal. Its scopes and its owner's role limit what it may do.",
        });
        swagger.AddSecurityRequirement(document => new() { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] });
        swagger.IncludeXmlComments(typeof(OpenApi).Assembly, includeControllerXmlComments: false);
        swagger.DescribeAllParametersInCamelCase();
        swagger.SupportNonNullableReferenceTypes();
        swagger.NonNullableReferenceTypesAsRequired();
        swagger.CustomSchemaIds(OpenApiSchemas.NameOf);
        swagger.SchemaFilter<OpenApiSchemas>();
        swagger.OperationFilter<OpenApiOperations>();
        swagger.DocumentFilter<OpenApiPaths>();
    }
}

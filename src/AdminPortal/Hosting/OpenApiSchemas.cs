using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace AdminPortal.Hosting;

/// <summary>Mends what the generator gets wrong about our types.</summary>
internal sealed partial class OpenApiSchemas : ISchemaFilter
{
    /// <summary><c>PageOfTenantSummary</c>, <c>TenantPatch</c>, and plainly <c>Problem</c>.</summary>
    public static string NameOf(Type type)
    {
        if (typeof(ProblemDetails).IsAssignableFrom(type)) return "Problem";
        var name = type.Name.Split('`')[0];
        if (type.DeclaringType is { } outer && !type.IsGenericParameter) name = outer.Name + name;
        return name + string.Concat(type.GetGenericArguments().Select(NameOf));
    }

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema written) return;
        written.Description = Plain(written.Description);
        foreach (var member in (written.Properties ?? new Dictionary<string, IOpenApiSchema>()).Values) member.Description = Plain(member.Description);
        if (typeof(ProblemDetails).IsAssignableFrom(context.Type)) DescribeProblem(written);
        else if (written.Properties is { } properties && context.MemberInfo is null) AllowNull(properties, context.Type);
    }

    /// <summary>A reference to code in a comment becomes the bare name, as callers know it.</summary>
    [return: NotNullIfNotNull(nameof(comment))]
    internal static string? Plain(string? comment) => comment is null ? null : NameInCode().Replace(comment, name => name.Groups["last"].Value);

    [GeneratedRegex(@"\bAdminPortal(?:\.\w+)+\.(?<last>\w+)(?:\([^)]*\))?")]
    private static partial Regex NameInCode();

    // A property that refers to another schema loses that it may be null: a bare $ref allows none.
    private static void AllowNull(IDictionary<string, IOpenApiSchema> properties, Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0))
            if (properties.TryGetValue(JsonNamingPolicy.CamelCase.ConvertName(property.Name), out var schema) && schema is OpenApiSchemaReference && MayBeNull(property))
                properties[JsonNamingPolicy.CamelCase.ConvertName(property.Name)] = new OpenApiSchema
                {
                    Description = schema.Description,
                    OneOf = [schema, new OpenApiSchema { Type = JsonSchemaType.Null }],
                };
    }

    // A context for each question: it remembers what it saw, in a way that several readers of the document at once would spoil.
    private static bool MayBeNull(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    private static void DescribeProblem(OpenApiSchema problem)
    {
        problem.Description = "What went wrong (RFC 9457).";
        problem.AdditionalPropertiesAllowed = true;
        problem.AdditionalProperties = null;
        problem.Required = new HashSet<string> { "type", "title", "status" };
        problem.Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("Stable: tell errors apart by it."),
            ["title"] = Text("One sentence for a person, the same for every problem of this type."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The status code once more." },
            ["detail"] = Text("About this occurrence."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "Messages by field, named as in the request.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
            ["current"] = new OpenApiSchema { Description = "Where somebody else was first: how it is now." },
            ["traceId"] = Text("For the operator's logs."),
        };

        static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
    }
}

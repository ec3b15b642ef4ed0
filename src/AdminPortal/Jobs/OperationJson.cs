using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdminPortal.Jobs;

/// <summary>How requests are stored in an operation: readable by the next version as well, hence words instead of numbers.</summary>
public static class OperationJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}

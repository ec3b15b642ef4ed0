using Microsoft.Extensions.Configuration.Memory;

namespace AdminPortal.Hosting;

/// <summary>
/// What holds where no setting says otherwise, for the settings that ASP.NET Core reads by itself. They come first, so that appsettings,
/// environment and command line win. Logs are one readable line each; <c>Logging__Console__FormatterName=json</c> makes them JSON.
/// </summary>
internal static class Defaults
{
    private static readonly Dictionary<string, string?> Values = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        // These log every exception that they throw; what was expected is handled, and what was not is logged where it is caught.
        ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Critical",
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Critical",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
    };

    public static void AddDefaults(this ConfigurationManager configuration) =>
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = Values });
}

using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AdminPortal.Hosting;

/// <summary>Metrics and traces by OTLP, where the operator names a collector (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>); else nothing is gathered.</summary>
internal static class Telemetry
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return services;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("AdminPortal", serviceVersion: Build.Version))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddNpgsqlInstrumentation().AddMeter("AdminPortal*"))
            .WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(web => web.Filter = context => !context.Request.Path.StartsWithSegments("/health") && !OneTimeSecret.IsIn(context.Request.Path))
                .AddNpgsql().AddSource("AdminPortal*"))
            .UseOtlpExporter();
        return services;
    }
}

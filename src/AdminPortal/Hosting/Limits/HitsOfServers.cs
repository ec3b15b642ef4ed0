using System.Diagnostics.Metrics;

namespace AdminPortal.Hosting;

/// <summary>
/// Counts the limits that Kestrel and the mail server keep by themselves. Both tell it as a metric: Kestrel by the reason for which a
/// connection ended, the mail server by the limit's own name.
/// </summary>
internal sealed class HitsOfServers(LimitHits hits) : IHostedService, IDisposable
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel", MailServer = "AdminPortal.MailServer";

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["request_headers_timeout"] = nameof(WebLimits.HeadersTimeout),
        ["keep_alive_timeout"] = nameof(WebLimits.KeepAliveTimeout),
        ["min_request_body_data_rate"] = nameof(WebLimits.BodyRate),
        ["min_response_data_rate"] = nameof(WebLimits.AnswerRate),
        ["max_request_headers_total_size_exceeded"] = nameof(WebLimits.HeadersBytes),
        ["max_request_header_count_exceeded"] = nameof(WebLimits.Headers),
        ["invalid_request_line"] = nameof(WebLimits.RequestLineBytes),
    };

    private readonly MeterListener listener = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if ((instrument.Meter.Name, instrument.Name) is (Kestrel, "kestrel.connection.duration") or (MailServer, "mailserver.limits"))
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => CountOfKestrel(tags));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => CountOfMail(tags));
        listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => listener.Dispose();

    private void CountOfKestrel(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Tag(tags, "error.type") is { } reason && Settings.TryGetValue(reason, out var setting))
            hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Web)}:{setting}");
    }

    private void CountOfMail(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Tag(tags, "limit") is { } limit) hits.Count($"MailServer:Limits:{limit}");
    }

    private static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
            if (tag.Key == name)
                return tag.Value as string;
        return null;
    }
}

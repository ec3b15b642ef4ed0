using System.Text.Json;
using System.Text.Json.Serialization;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>The steps of a check. They are kept in the order in which they happened: with STARTTLS the greeting comes before TLS.</summary>
internal enum StepName
{
    Resolve,
    Connect,
    Greeting,
    Tls,
    Capabilities,
    Authenticate,
    Open,
    Idle,
    RoundTrip,
    SignOff,
}

internal enum StepOutcome
{
    Succeeded,
    Failed,
    Skipped,
}

/// <param name="Name">What was attempted.</param>
/// <param name="Outcome">How it ended; what came after a failure is skipped.</param>
/// <param name="DurationMs">Whole milliseconds.</param>
/// <param name="ServerSaid">The server's own words, made harmless by <see cref="InertText"/>; null where it said nothing.</param>
internal sealed record ProbeStep(StepName Name, StepOutcome Outcome, int DurationMs, string? ServerSaid)
{
    /// <summary>How steps are kept in their row and shown by the API: camelCase names and words.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}

/// <summary>Takes the time of one step after the other.</summary>
internal sealed class StepRecorder(TimeProvider time)
{
    private readonly List<ProbeStep> steps = [];
    private long began;

    /// <summary>The step that is under way, or null between steps.</summary>
    public StepName? Current { get; private set; }

    public IReadOnlyList<ProbeStep> Steps => steps;

    public void Begin(StepName name)
    {
        Current = name;
        began = time.GetTimestamp();
    }

    public void Succeed(string? serverSaid = null) => End(StepOutcome.Succeeded, serverSaid);

    public void Fail(string? serverSaid = null) => End(StepOutcome.Failed, serverSaid);

    public void Skip(StepName name) => steps.Add(new(name, StepOutcome.Skipped, 0, null));

    private void End(StepOutcome outcome, string? serverSaid)
    {
        if (Current is not { } name) return;
        steps.Add(new(name, outcome, (int)time.GetElapsedTime(began).TotalMilliseconds, serverSaid));
        Current = null;
    }
}

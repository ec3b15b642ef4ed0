namespace AdminPortal.Hosting;

/// <summary>The last day on which something holds, as a form asks for it; in UTC. The day is included, as people mean it.</summary>
internal static class LastDay
{
    public static DateTimeOffset EndOf(DateOnly day) => new(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    public static DateOnly Before(DateTimeOffset end) => DateOnly.FromDateTime(end.UtcDateTime.AddTicks(-1));
}

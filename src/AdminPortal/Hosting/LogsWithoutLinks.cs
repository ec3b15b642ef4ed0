using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// Keeps links that work once out of every log at every level: the framework writes the address of each request when it is asked to be
/// talkative, puts it into the scope of whatever else is written meanwhile, and tells what each handler is called with. While such a request is
/// answered the framework writes nothing. What we write ourselves goes through <see cref="OneTimeSecret.Shown"/>.
/// </summary>
internal sealed class LogsWithoutLinks(ILoggerFactory inner) : ILoggerFactory
{
    // Whoever else writes of requests does so in a category of its own, below these.
    private const string Framework = "Microsoft.";

    // All accessors tell of the same request.
    private static readonly HttpContextAccessor Http = new();

    public static LogsWithoutLinks Of(IServiceProvider services) => new(new LoggerFactory(
        services.GetServices<ILoggerProvider>(), services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
        services.GetRequiredService<IOptions<LoggerFactoryOptions>>(), services.GetService<IExternalScopeProvider>()));

    public ILogger CreateLogger(string categoryName)
    {
        var logger = inner.CreateLogger(categoryName);
        return categoryName.StartsWith(Framework, StringComparison.Ordinal) ? new Silent(logger) : logger;
    }

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();

    private static bool HoldsLink<TState>(TState state) => state is IReadOnlyList<KeyValuePair<string, object?>> members
        ? members.Any(member => member.Value is string or PathString or Uri && OneTimeSecret.IsWithin(member.Value.ToString()!))
        : OneTimeSecret.IsWithin(state?.ToString() ?? "");

    private static bool IsFollowing => Http.HttpContext is { } context && OneTimeSecret.IsIn(context.Request.Path);

    private sealed class Silent(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => IsFollowing || HoldsLink(state) ? null : logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel) && !IsFollowing;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Values for collectors, and the words for people.
            if (IsEnabled(logLevel) && !HoldsLink(state) && !OneTimeSecret.IsWithin(formatter(state, exception))) logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}

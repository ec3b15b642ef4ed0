using System.Collections.Concurrent;
using System.Net;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>A form that somebody else's page sent is refused, and strangers cannot fill the log with it.</summary>
public sealed class ForgedFormTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly Heard heard = new();

    public ForgedFormTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Replace<ILoggerFactory>(LoggerFactory.Create(logging => logging.AddProvider(heard)));
    }

    [Theory]
    [InlineData("/preferences/language", "language", "fr")]
    [InlineData("/preferences/theme", "theme", "dark")]
    [InlineData("/sign-in", "Name", "somebody")]
    public async Task It_is_a_400_and_no_error_of_ours(string action, string field, string value)
    {
        using var stranger = portal.Anonymous();
        stranger.DefaultRequestHeaders.Accept.Add(new("text/html"));

        using var answer = await stranger.PostAsync(action, new FormUrlEncodedContent([new(field, value)]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(heard.Errors);
    }

    /// <summary>Remembers what was logged as an error.</summary>
    private sealed class Heard : ILoggerProvider, ILogger
    {
        public ConcurrentBag<string> Errors { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Errors.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}

using System.Text.RegularExpressions;
using AdminPortal.Data;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>Runs the portal, and tells a start that failed for a reason of the operator's in readable lines, without a stack trace.</summary>
internal static partial class StartFailures
{
    /// <summary>
    /// Before anything is built, listens or connects: all wrong settings of all rooms, at once. Asked of a container of its own, because
    /// building the application already reads what the server needs.
    /// </summary>
    public static bool SettingsAreGood(this WebApplicationBuilder builder)
    {
        using var services = builder.Services.BuildServiceProvider();
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return true;
        }
        catch (Exception exception) when (Tell(exception, []) is { Count: > 0 } lines)
        {
            foreach (var line in lines) Console.Error.WriteLine(line);
            return false;
        }
    }

    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunToldAsync(this WebApplication app)
    {
        // Asked now: when the start has failed, the services are gone.
        var ports = app.Services.GetServices<ListeningPort>().ToList();
        if (ports.Where(port => port.IsTaken()).Select(Taken).ToList() is { Count: > 0 } taken)
        {
            foreach (var line in taken) await Console.Error.WriteLineAsync(line);
            return 1;
        }
        try
        {
            // The host asks this too, but it would tell the answer with a stack trace.
            foreach (var check in app.Services.GetServices<IHostedService>().OfType<ServingRoleCheck>()) await check.StartAsync(CancellationToken.None);
            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (Tell(exception, ports) is { Count: > 0 } lines)
        {
            foreach (var line in lines) await Console.Error.WriteLineAsync(line);
            return 1;
        }
    }

    private static IReadOnlyList<string> Tell(Exception exception, IReadOnlyList<ListeningPort> ports) => exception switch
    {
        OptionsValidationException wrong => Told(wrong.Failures),
        AggregateException { InnerExceptions: var all } when all.All(e => e is OptionsValidationException) =>
            Told(all.Cast<OptionsValidationException>().SelectMany(e => e.Failures)),
        UnusableSettingException or UnsafeServingRoleException => Told([exception.Message]),
        IOException { InnerException: AddressInUseException } taken => [PortInUse(taken, ports)],
        IOException or UnauthorizedAccessException => [$"The portal cannot start: {exception.Message}"],
        _ => [],
    };

    private static IReadOnlyList<string> Told(IEnumerable<string> failures) =>
        ["The portal cannot start, because of its settings:", .. failures.Select(failure => $"  {failure}")];

    private static string PortInUse(IOException taken, IReadOnlyList<ListeningPort> ports)
    {
        var port = PortAtEnd().Match(taken.Message) is { Success: true } found ? int.Parse(found.Groups["port"].ValueSpan) : 0;
        return ports.FirstOrDefault(p => p.Port == port) is { } ours ? Taken(ours) : $"The portal cannot start: {taken.Message}";
    }

    private static string Taken(ListeningPort port) =>
        $"Port {port.Port} is in use by another program. Stop that one, or set {port.Setting} to another port.";

    [GeneratedRegex(@":(?<port>\d+)(?=[:/]?\s)")]
    private static partial Regex PortAtEnd();
}

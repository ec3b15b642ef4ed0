using System.Runtime.InteropServices;

namespace AdminPortal.LocalPostgres;

/// <summary>PostgreSQL for one data folder, from a shell: see <see cref="Commands"/>. In a namespace, so that the tests' Program is the portal's.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var interrupted = new CancellationTokenSource();
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }

        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        try
        {
            return await Commands.RunAsync(arguments, interrupted.Token);
        }
        catch (LocalPostgresException problem)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return 1;
        }
        catch (UnauthorizedAccessException problem)
        {
            await Console.Error.WriteLineAsync($"{problem.Message} Was the data folder made by another user?");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }
}

using System.Runtime.InteropServices;
using AdminPortal.LocalPostgres;

// PostgreSQL for one data folder, from a shell: see Usage.
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
    return await Commands.RunAsync(args, interrupted.Token);
}
catch (LocalPostgresException problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}

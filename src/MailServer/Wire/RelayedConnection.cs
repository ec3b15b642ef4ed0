using System.Buffers;
using System.IO.Pipelines;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// What is left of a connection once its mailbox turned out to live elsewhere: octets in both directions. Whoever reads slowly is read from
/// slowly: nothing is kept here but what lies in the buffers. When the client has said all it wants to say, the other server hears so and
/// may finish; when that one hangs up, so do we.
/// </summary>
/// <param name="pod">Signed in. It belongs to this connection from now on.</param>
/// <param name="session">Hears how long things took.</param>
/// <param name="capabilities">IMAP: what the other server can do, as it said.</param>
internal sealed class RelayedConnection(PodConnection pod, IRelayedSession session, string capabilities) : IAsyncDisposable
{
    public string Capabilities => capabilities;

    public async Task RunAsync(MailConnection connection)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(connection.Stopping);
        var (up, down) = (PassUpAsync(connection, over.Token), PassDownAsync(connection, over.Token));
        try
        {
            if (await Task.WhenAny(up, down) == up)
            {
                await up;
                await WithinAsync(connection, down);
            }
            await down;
        }
        finally
        {
            // The goodbye is written by the host, and nobody else may write then.
            await over.CancelAsync();
            await up.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await down.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync() => pod.DisposeAsync();

    /// <summary>After the client's end of input there is no idle clock that it could start again.</summary>
    private static Task WithinAsync(MailConnection connection, Task down) => down.WaitAsync(connection.Limits.WriteTimeout, connection.Stopping);

    private async Task PassUpAsync(MailConnection connection, CancellationToken cancellationToken)
    {
        var input = connection.Input.Pipe;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            foreach (var segment in read.Buffer)
                pod.Output.Write(segment.Span);
            input.AdvanceTo(read.Buffer.End);
            connection.Touch();
            await SendUpAsync(connection, cancellationToken);
            if (read.IsCompleted)
                break;
        }

        await ToPodAsync(() => pod.HalfCloseAsync());
    }

    private Task SendUpAsync(MailConnection connection, CancellationToken cancellationToken) => ToPodAsync(async () =>
    {
        var sending = pod.Output.FlushAsync(cancellationToken);
        if (!sending.IsCompletedSuccessfully)
            await sending.AsTask().WaitAsync(connection.Limits.WriteTimeout, connection.Clock, cancellationToken);
    });

    private async Task PassDownAsync(MailConnection connection, CancellationToken cancellationToken)
    {
        var framing = new RelayedFraming(connection.Protocol);
        while (true)
        {
            var read = await ReadPodAsync(cancellationToken);
            var arrived = connection.Timestamp();
            foreach (var segment in read.Buffer)
            {
                connection.Output.Write(segment.Span);
                framing.Take(segment.Span);
            }

            pod.Input.AdvanceTo(read.Buffer.End);
            Mark(connection.Output, framing);
            var sending = connection.Output.FlushAsync(cancellationToken);
            if (sending.IsCompletedSuccessfully)
                session.Passed(connection.Since(arrived));
            await sending;
            if (read.IsCompleted)
                return;
        }
    }

    private static void Mark(WireWriter output, RelayedFraming framing)
    {
        if (framing.IsBetweenLines)
            output.EndBlock();
        else
            output.BeginBlock();
    }

    private async Task<ReadResult> ReadPodAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await pod.Input.ReadAsync(cancellationToken);
        }
        catch (IOException failure)
        {
            throw new PodGoneException(failure);
        }
    }

    private static async Task ToPodAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            throw new PodGoneException(failure);
        }
    }
}

/// <summary>The other server broke off in the middle.</summary>
internal sealed class PodGoneException(Exception cause) : Exception("The mail server of the mailbox broke off.", cause);

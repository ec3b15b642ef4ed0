using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Xunit;

namespace AdminPortal.MailServerTests.Harness;

/// <summary>
/// The client's end of the pipes: it sends what it is told and reads lines. Waiting for an answer ends after ten real seconds.
/// </summary>
internal sealed class TestClient(PipeReader input, PipeWriter output, Task serving)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public bool IsClosed => serving.IsCompleted;

    /// <summary>Completes when the server has finished with the connection.</summary>
    public Task Closed => serving.WaitAsync(Patience, TestContext.Current.CancellationToken);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await Patiently(output.WriteAsync(octets, Cancelled).AsTask());
        }
        catch (InvalidOperationException) when (serving.IsCompleted)
        {
            // The server has hung up; what it said before is still to be read.
        }
    }

    public Task LineAsync(string line) => SendAsync(line + "\r\n");

    public ValueTask HangUpAsync() => output.CompleteAsync();

    /// <summary>Hangs up, reads no more, and waits until the server has noticed.</summary>
    public async Task LeaveAsync()
    {
        await output.CompleteAsync();
        await input.CompleteAsync();
        await serving.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The next line without its end, or null when the server has hung up.</summary>
    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var read = await Patiently(input.ReadAsync(Cancelled).AsTask());
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                input.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return read.Buffer.IsEmpty ? null : throw new InvalidOperationException("The server hung up in the middle of a line.");
        }
    }

    private static Task<T> Patiently<T>(Task<T> task) => task.WaitAsync(Patience, Cancelled);

    /// <summary>Sends a line and returns the answer's first line.</summary>
    public async Task<string?> AskAsync(string line)
    {
        await LineAsync(line);
        return await ReadLineAsync();
    }

    /// <summary>Sends an IMAP command and returns all lines up to and including the tagged one.</summary>
    public async Task<IReadOnlyList<string>> ImapAsync(string command)
    {
        await LineAsync(command);
        return await ReadUntilAsync(line => line.StartsWith(command[..(command.IndexOf(' ') + 1)], StringComparison.Ordinal));
    }

    public async Task<IReadOnlyList<string>> ReadUntilAsync(Func<string, bool> last)
    {
        var lines = new List<string>();
        while (lines.Count == 0 || !last(lines[^1]))
            lines.Add(await ReadLineAsync() ?? throw new InvalidOperationException($"The server hung up after: {string.Join('\n', lines)}"));
        return lines;
    }

    public async Task<IReadOnlyList<string>> ReadToEndAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
            lines.Add(line);
        return lines;
    }
}

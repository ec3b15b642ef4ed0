using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Gathers an answer and sends it in one write: servers that send in pieces cost their clients a delayed acknowledgement each time.
/// Long answers go out in pieces of <see cref="Chunk"/>, so memory stays bounded however much a client asks for.
/// </summary>
/// <param name="pipe">Where the answer goes.</param>
/// <param name="timeout">For a client that does not read.</param>
/// <param name="progressed">Called when the client took something, so that a long answer over a slow line is no idleness.</param>
/// <param name="gaveUp">Called when it took nothing for that long.</param>
internal sealed class WireWriter(PipeWriter pipe, TimeSpan timeout, TimeProvider clock, Action? progressed = null, Action? gaveUp = null)
{
    private const int Chunk = 32 * 1024;

    /// <summary>
    /// Between the start and the end of a counted or dot-terminated block: a goodbye here would become part of a message.
    /// </summary>
    public bool InsideBlock { get; private set; }

    public void BeginBlock() => InsideBlock = true;

    public void EndBlock()
    {
        InsideBlock = false;
        Scribe?.EndBlock();
    }

    /// <summary>Who takes down what is sent; null: nobody.</summary>
    public Scribe? Scribe { get; set; }

    public WireWriter Write(ReadOnlySpan<byte> bytes)
    {
        pipe.Write(bytes);
        Scribe?.Said(bytes, InsideBlock);
        return this;
    }

    public WireWriter Write(ReadOnlySpan<char> text)
    {
        Encoding.UTF8.GetBytes(text, pipe);
        Scribe?.Said(text, InsideBlock);
        return this;
    }

    public WireWriter Write(long number)
    {
        Span<byte> digits = stackalloc byte[20];
        number.TryFormat(digits, out var length);
        return Write(digits[..length]);
    }

    public void EndLine() => Write("\r\n"u8);

    public void WriteLine(ReadOnlySpan<char> text)
    {
        Write(text);
        EndLine();
    }

    /// <summary>Sends what was gathered when it has grown to a piece; call it between the parts of a long answer.</summary>
    public ValueTask FlushIfLongAsync(CancellationToken cancellationToken) =>
        pipe.UnflushedBytes < Chunk ? ValueTask.CompletedTask : FlushAsync(cancellationToken);

    /// <summary>Sends what was gathered. Throws when the client hung up, or did not read for the write timeout.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (pipe.UnflushedBytes == 0)
            return;
        var flush = pipe.FlushAsync(cancellationToken);
        if (flush.IsCompletedSuccessfully ? flush.Result.IsCompleted : (await Await(flush)).IsCompleted)
            throw new ClientGoneException();
        progressed?.Invoke();
    }

    private async Task<FlushResult> Await(ValueTask<FlushResult> flush)
    {
        var sending = flush.AsTask();
        try
        {
            return await sending.WaitAsync(timeout, clock);
        }
        catch (TimeoutException)
        {
            pipe.CancelPendingFlush();
            gaveUp?.Invoke();
            throw new ClientGoneException();
        }
    }
}

/// <summary>
/// The other end is no longer there, or no longer reads. Ends the connection without a word and without a fault in the log.
/// </summary>
internal sealed class ClientGoneException() : IOException("The client hung up.");

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>A name server on a loopback port that knows the TXT records it is given (RFC 1035), and nothing else.</summary>
internal sealed class DnsResponder : IAsyncDisposable
{
    private const int TextType = 16;
    private readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, string[][]> records = new(StringComparer.OrdinalIgnoreCase);
    private readonly Task serving;

    public DnsResponder() => serving = ServeAsync();

    public string Address => socket.Client.LocalEndPoint!.ToString()!;

    /// <summary>Names that were asked for, without the final dot.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>Does not answer while it is true.</summary>
    public bool IsDeaf { get; set; }

    /// <param name="name">Whose records.</param>
    /// <param name="texts">The records; a record longer than 255 octets is cut into several strings.</param>
    public void Set(string name, params string[] texts) => records[name] = [.. texts.Select(text => text.Chunk(200).Select(part => new string(part)).ToArray())];

    public void Remove(string name) => records.TryRemove(name, out _);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        socket.Dispose();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var question = await socket.ReceiveAsync(stop.Token);
                var name = NameIn(question.Buffer, out var end);
                Asked.Enqueue(name);
                if (!IsDeaf) await socket.SendAsync(Answer(question.Buffer.AsSpan(0, end + 4), name), question.RemoteEndPoint, stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> question, string name)
    {
        var found = records.GetValueOrDefault(name) ?? [];
        using var answer = new MemoryStream();
        answer.Write(question);
        foreach (var record in found)
        {
            var strings = record.SelectMany(text => (byte[])[(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]).ToArray();
            // A pointer to the question's name, TXT, IN, one minute.
            answer.Write([0xC0, 12, 0, TextType, 0, 1, 0, 0, 0, 60, (byte)(strings.Length >> 8), (byte)strings.Length, .. strings]);
        }
        var message = answer.ToArray();
        // A response with recursion, authoritative: no error, or no such name. One question; no additional records of the asker's.
        (message[2], message[3]) = (0x85, (byte)(found.Length > 0 ? 0x80 : 0x83));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), (ushort)found.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), 0);
        return message;
    }

    private static string NameIn(byte[] message, out int end)
    {
        var labels = new List<string>();
        var at = 12;
        while (message[at] > 0)
        {
            labels.Add(Encoding.ASCII.GetString(message, at + 1, message[at]));
            at += message[at] + 1;
        }
        end = at + 1;
        return string.Join('.', labels);
    }
}

using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using AdminPortal.Tests.Hosting.Throttle;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>As much of HTTP/2 (RFC 9113) as it takes to begin more requests than a server wants.</summary>
internal sealed class Http2(SslStream stream) : IDisposable
{
    /// <summary>RFC 9113, 7.</summary>
    public const int RefusedStream = 7;

    private const byte Headers = 1, ResetStream = 3, Settings = 4, Acknowledge = 1, EndHeaders = 4;
    private const short MostStreams = 3;
    private int nextStream = 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Http2> OpenAsync(FiveDoors doors)
    {
        var tls = new SslStream(new NetworkStream(await FiveDoors.ConnectAsync(FiveDoors.NewAddress(), doors.PortOf("https"), Cancel), ownsSocket: true), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] }, Cancel);
        await tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Cancel);
        var web = new Http2(tls);
        await web.SendAsync(Settings, 0, 0, []);
        return web;
    }

    /// <summary>How many the server says it takes.</summary>
    public async Task<int> MostStreamsAsync()
    {
        var (_, _, settings) = await FrameAsync((type, flags) => type == Settings && flags != Acknowledge);
        await SendAsync(Settings, Acknowledge, 0, []);
        for (var place = 0; place < settings.Length; place += 6)
            if (BinaryPrimitives.ReadInt16BigEndian(settings.AsSpan(place)) == MostStreams) return BinaryPrimitives.ReadInt32BigEndian(settings.AsSpan(place + 2));
        throw new InvalidOperationException("The server says nothing of it.");
    }

    /// <summary>The headers of a request whose body does not come. HPACK (RFC 7541): two indexed fields, two literal ones.</summary>
    public async Task BeginPostAsync(string path)
    {
        await SendAsync(Headers, EndHeaders, nextStream, [0x83, 0x87, 0x04, (byte)path.Length, .. Encoding.ASCII.GetBytes(path), 0x01, 9, .. "localhost"u8]);
        nextStream += 2;
    }

    /// <summary>Which of the requests, counted from 1, was refused first, and by which code.</summary>
    public async Task<(int Request, int Code)> RefusalAsync()
    {
        var (_, stream, code) = await FrameAsync((type, _) => type == ResetStream);
        return (stream / 2 + 1, BinaryPrimitives.ReadInt32BigEndian(code));
    }

    public void Dispose() => stream.Dispose();

    private async Task SendAsync(byte type, byte flags, int streamId, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, Cancel);
    }

    private async Task<(byte Type, int Stream, byte[] Payload)> FrameAsync(Func<byte, byte, bool> wanted)
    {
        var head = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(head, Cancel);
            var payload = new byte[head[0] << 16 | head[1] << 8 | head[2]];
            await stream.ReadExactlyAsync(payload, Cancel);
            if (wanted(head[3], head[4])) return (head[3], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }
    }
}

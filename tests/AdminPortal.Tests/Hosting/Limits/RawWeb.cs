using System.Net;
using System.Net.Sockets;
using System.Text;
using AdminPortal.Tests.Hosting.Throttle;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>A client that speaks HTTP as slowly, as largely and as often as a test wants.</summary>
internal sealed class RawWeb(Socket socket) : IDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RawWeb> OpenAsync(FiveDoors doors, IPAddress? from = null) =>
        new(await FiveDoors.ConnectAsync(from ?? FiveDoors.NewAddress(), doors.PortOf("http"), Cancel));

    /// <summary>Whether the server hangs up at once, perhaps before the connection stands.</summary>
    public static async Task<bool> IsRefusedAsync(FiveDoors doors, IPAddress? from = null)
    {
        try
        {
            using var web = await OpenAsync(doors, from);
            return await web.ReadToEndAsync(TimeSpan.FromSeconds(30)) == "";
        }
        catch (SocketException)
        {
            return true;
        }
    }

    public async Task<RawWeb> SendAsync(string text)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), Cancel);
        return this;
    }

    /// <summary>All that comes until the server hangs up, which it must do by then.</summary>
    public async Task<string> ReadToEndAsync(TimeSpan patience)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        end.CancelAfter(patience);
        var (text, buffer) = (new StringBuilder(), new byte[8192]);
        try
        {
            while (await socket.ReceiveAsync(buffer, end.Token) is > 0 and var read) text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // Reset is hanging up as well.
        }
        return text.ToString();
    }

    /// <summary>Asks for more than all the buffers in between hold, and reads none of it.</summary>
    public async Task<RawWeb> AskForMoreThanIsReadAsync()
    {
        socket.ReceiveBufferSize = 4_096;
        return await SendAsync(string.Concat(Enumerable.Repeat("GET /lib/bootstrap.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n", 100)));
    }

    /// <summary>One answer, on a connection that stays open.</summary>
    public async Task<string> ReadAsync()
    {
        var buffer = new byte[8192];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Cancel));
    }

    public void Dispose() => socket.Dispose();
}

using System.Text;
using AdminPortal.Hosting;
using MailKit;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// Listens to what a MailKit client and its server say to each other: tells the probe of each line as it passes, so that the steps inside
/// one MailKit call can be timed, and keeps a redacted transcript of bounded length.
/// </summary>
internal sealed class WireLog(Redactor redactor) : IProtocolLogger
{
    private const int LongestLine = 8192;
    private const int MostLines = 64;
    private readonly Queue<string> transcript = new();
    private readonly List<string> reply = [];
    private readonly LineSplitter client = new(LongestLine);
    private readonly LineSplitter server = new(LongestLine);

    /// <summary>MailKit offers its own idea of where secrets are; the redactor does not need it.</summary>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Before the client sends a line.</summary>
    public event Action? ClientSpoke;

    /// <summary>A line of the server, as it came.</summary>
    public event Action<string>? ServerSpoke;

    /// <summary>What the server has said since the client last spoke, as it came; long replies lose their tail.</summary>
    public IReadOnlyList<string> Reply => reply;

    /// <summary>The conversation without secrets and with harmless characters, the latest lines of it.</summary>
    public IReadOnlyCollection<string> Transcript => transcript;

    public void LogConnect(Uri uri) => ClientSpoke?.Invoke();

    public void LogClient(byte[] buffer, int offset, int count)
    {
        ClientSpoke?.Invoke();
        reply.Clear();
        foreach (var line in client.Take(buffer.AsSpan(offset, count)))
            Keep("C: ", redactor.Client(line));
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        foreach (var line in server.Take(buffer.AsSpan(offset, count)))
        {
            Keep("S: ", redactor.Server(line));
            if (reply.Count < MostLines) reply.Add(line);
            ServerSpoke?.Invoke(line);
        }
    }

    public void Dispose()
    {
        // The client disposes its log; there is nothing to let go of.
    }

    private void Keep(string who, string line)
    {
        transcript.Enqueue(who + InertText.Show(line));
        if (transcript.Count > MostLines) transcript.Dequeue();
    }

    /// <summary>Cuts octets into lines; a line longer than the limit loses its tail.</summary>
    private sealed class LineSplitter(int longest)
    {
        private readonly List<byte> pending = [];

        public IReadOnlyList<string> Take(ReadOnlySpan<byte> octets)
        {
            var lines = new List<string>();
            foreach (var octet in octets)
            {
                if (octet == '\n')
                {
                    lines.Add(Encoding.UTF8.GetString([.. pending]).TrimEnd('\r'));
                    pending.Clear();
                }
                else if (pending.Count < longest)
                {
                    pending.Add(octet);
                }
            }
            return lines;
        }
    }
}

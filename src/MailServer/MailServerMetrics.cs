using System.Diagnostics.Metrics;

namespace AdminPortal.MailServer;

/// <summary>
/// What the mail server counts, for OpenTelemetry. Labels come from closed lists only: never an address, never a client's words.
/// </summary>
internal sealed class MailServerMetrics
{
    public const string MeterName = "AdminPortal.MailServer";

    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _signIns;
    private readonly Histogram<double> _commands;
    private readonly Counter<long> _limits;

    public MailServerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _connections = meter.CreateUpDownCounter<long>("mailserver.connections", "{connection}", "Open connections");
        _refused = meter.CreateCounter<long>("mailserver.connections.refused", "{connection}", "Connections refused at the door");
        _signIns = meter.CreateCounter<long>("mailserver.sign_ins", "{attempt}", "Logins by result");
        _limits = meter.CreateCounter<long>("mailserver.limits", "{hit}", "Limits that were reached, by name");
        _commands = meter.CreateHistogram<double>("mailserver.command.duration", "s", "Commands carried out, by name");
    }

    public void ConnectionOpened(MailProtocol protocol) => _connections.Add(1, Tag(protocol));

    public void ConnectionClosed(MailProtocol protocol) => _connections.Add(-1, Tag(protocol));

    public void ConnectionRefused(MailProtocol protocol) => _refused.Add(1, Tag(protocol));

    public void SignedIn(MailProtocol protocol, AuthenticationResult result) =>
        _signIns.Add(1, Tag(protocol), new("result", result.GetType().Name));

    /// <param name="limit">A property of <see cref="MailServerLimits"/>.</param>
    public void LimitReached(string limit) => _limits.Add(1, new KeyValuePair<string, object?>("limit", limit));

    /// <param name="command">From the protocol's own table, or <c>unknown</c>.</param>
    public void Command(MailProtocol protocol, string command, TimeSpan duration) =>
        _commands.Record(duration.TotalSeconds, Tag(protocol), new("command", command));

    private static KeyValuePair<string, object?> Tag(MailProtocol protocol) =>
        new("protocol", protocol switch { MailProtocol.Pop3 => "pop3", MailProtocol.Imap => "imap", _ => "smtp" });
}

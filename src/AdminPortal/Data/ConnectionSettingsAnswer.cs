using System.Text.Json.Serialization;

namespace AdminPortal.Data;

/// <summary>What the API says that a mailbox's user has to type in: where it stands alone, and inside <c>/me</c>.</summary>
/// <param name="UserName">The user name of the recommended line.</param>
/// <param name="Items">Protocol by protocol, the recommended line of each first.</param>
public sealed record ConnectionSettingsAnswer(string UserName, IReadOnlyList<ConnectionSetting> Items)
{
    /// <param name="mailbox">With its layers.</param>
    /// <param name="lines">Its resolved table.</param>
    /// <param name="at">The moment that exceptions are judged at.</param>
    /// <param name="reason">Words a decision in the reader's language.</param>
    public static ConnectionSettingsAnswer Of(
        MailboxWithLayers mailbox, IReadOnlyList<ConnectionLine> lines, DateTimeOffset at, Func<MailboxWithLayers, AccessDecision, string> reason)
    {
        var address = mailbox.Mailbox.Address;
        return new(lines.Count > 0 ? lines[0].UserNameOf(address) : address, [.. lines.Select(Answer)]);

        ConnectionSetting Answer(ConnectionLine line)
        {
            var decision = mailbox.Decide(line.Protocol, at);
            return new(line.Protocol, line.Host, line.Port, line.Security, decision.Allowed, decision.Allowed ? null : reason(mailbox, decision));
        }
    }
}

/// <param name="Protocol">What is spoken there.</param>
/// <param name="Host">The server.</param>
/// <param name="Port">Its port.</param>
/// <param name="Security">TLS from the first byte, STARTTLS, or none.</param>
/// <param name="Offered">False where the protocol is switched off: then it is no use to type this in.</param>
/// <param name="Why">Why it is not offered, in a sentence; null where it is.</param>
public sealed record ConnectionSetting(
    MailProtocol Protocol, string Host, int Port, ConnectionSecurity Security, bool Offered,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Why);

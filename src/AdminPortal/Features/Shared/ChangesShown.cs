using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Features.Shared;

/// <summary>What changed, as audit events and operation items keep it: <c>&lt;partial name="_Changes" model="new ChangesShown(e.Before, e.After)" /&gt;</c>.</summary>
internal sealed record ChangesShown(JsonDocument? Before, JsonDocument? After)
{
    /// <summary>Each member that either side names, in the order in which they come.</summary>
    public IEnumerable<(string Member, JsonElement? Before, JsonElement? After)> Members =>
        Names(Before).Union(Names(After)).Select(name => (name, Of(Before, name), Of(After, name)));

    /// <summary>POP3, IMAP4, SMTP by their own names; anything else as it is spelled.</summary>
    public static string Name(string member) => MailProtocols.Read(member)?.Name() ?? member;

    /// <summary>The key of the word for a setting of a protocol; null for any other value.</summary>
    public static string? SettingKey(string member, JsonElement value) => MailProtocols.Read(member) is null || value.ValueKind != JsonValueKind.String
        ? null
        : value.GetString() switch { "enabled" => "On", "disabled" => "Off", "inherit" => "Inherited", _ => null };

    public static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static IEnumerable<string> Names(JsonDocument? side) =>
        side?.RootElement is { ValueKind: JsonValueKind.Object } members ? members.EnumerateObject().Select(member => member.Name) : [];

    private static JsonElement? Of(JsonDocument? side, string name) =>
        side?.RootElement is { ValueKind: JsonValueKind.Object } members && members.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}

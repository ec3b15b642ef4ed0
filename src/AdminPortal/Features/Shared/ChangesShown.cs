using System.Globalization;
using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Features.Shared;

/// <summary>What changed, as audit events and operation items keep it: <c>&lt;partial name="_Changes" model="new ChangesShown(e.Before, e.After)" /&gt;</c>.</summary>
internal sealed record ChangesShown(JsonDocument? Before, JsonDocument? After)
{
    /// <summary>Each member that either side names, in the order in which they come; what lies within a member (the protocols of "access") one by one.</summary>
    public IEnumerable<(string Member, JsonElement? Before, JsonElement? After)> Members => MembersOf(Before?.RootElement, After?.RootElement);

    /// <summary>Something that was not there before: its values have no before.</summary>
    public bool IsNew => Before is null;

    /// <summary>POP3, IMAP4, SMTP by their own names; null for anything else.</summary>
    public static string? Protocol(string member) => MailProtocols.Read(member)?.Name();

    /// <summary>The key of a member's name; what a room that came later records has no words here and is shown as it is spelled.</summary>
    public static string NameKey(string member) => $"Member{string.Concat(member[..1].ToUpperInvariant(), member[1..])}";

    /// <summary>The key of the word for a setting of a protocol, or for yes and no; null for any other value.</summary>
    public static string? ValueKey(string member, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "Yes",
        JsonValueKind.False => "No",
        JsonValueKind.String when Protocol(member) is not null =>
            value.GetString() switch { "enabled" => "On", "disabled" => "Off", "inherit" => "Inherited", _ => null },
        _ => null,
    };

    public static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Moment(value.GetString()!) ?? value.GetString()!,
        JsonValueKind.Array when value.GetArrayLength() == 0 => "–",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Object => string.Join(" ", value.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null).Select(member => Text(member.Value))),
        _ => value.GetRawText(),
    };

    // A time as the trail writes it, in the reader's way; nothing else that people write looks like this.
    private static string? Moment(string text) =>
        text is [_, _, _, _, '-', _, _, '-', _, _, 'T', ..] && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment)
            ? $"{moment.UtcDateTime.ToString("g", CultureInfo.CurrentCulture)} UTC"
            : null;

    private static IEnumerable<(string Member, JsonElement? Before, JsonElement? After)> MembersOf(JsonElement? before, JsonElement? after) =>
        Names(before).Union(Names(after)).SelectMany(name => OfOne(name, Of(before, name), Of(after, name)));

    private static IEnumerable<(string Member, JsonElement? Before, JsonElement? After)> OfOne(string name, JsonElement? before, JsonElement? after) =>
        (before ?? after)?.ValueKind switch
        {
            null => [],
            JsonValueKind.Object => MembersOf(before, after),
            _ => [(name, before, after)],
        };

    private static IEnumerable<string> Names(JsonElement? side) =>
        side is { ValueKind: JsonValueKind.Object } members ? members.EnumerateObject().Select(member => member.Name) : [];

    private static JsonElement? Of(JsonElement? side, string name) =>
        side is { ValueKind: JsonValueKind.Object } members && members.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}

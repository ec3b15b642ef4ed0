using System.Text.Json;
using System.Text.Json.Serialization;
using AdminPortal.Data;

namespace AdminPortal.Features.MailAccess;

/// <summary>What shall become of the three settings. An absent member leaves its setting as it is; in JSON, null is <c>inherit</c>.</summary>
[JsonConverter(typeof(AccessChangesConverter))]
public sealed record AccessChanges(AccessSetting? Pop3 = null, AccessSetting? Imap = null, AccessSetting? Smtp = null)
{
    public bool IsEmpty => Pop3 is null && Imap is null && Smtp is null;

    public AccessSetting? this[MailProtocol protocol] => protocol switch
    {
        MailProtocol.Pop3 => Pop3,
        MailProtocol.Imap => Imap,
        _ => Smtp,
    };

    public AccessSettings ApplyTo(AccessSettings settings) => new(Pop3 ?? settings.Pop3, Imap ?? settings.Imap, Smtp ?? settings.Smtp);

    public AccessChanges With(MailProtocol protocol, AccessSetting setting) => protocol switch
    {
        MailProtocol.Pop3 => this with { Pop3 = setting },
        MailProtocol.Imap => this with { Imap = setting },
        _ => this with { Smtp = setting },
    };
}

/// <summary>Tells absent from null (RFC 7396), which a record's members cannot.</summary>
internal sealed class AccessChangesConverter : JsonConverter<AccessChanges>
{
    public override AccessChanges Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("The changes are an object.");
        var changes = new AccessChanges();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var word = reader.GetString();
            if (MailProtocols.Read(word) is not { } protocol) throw new JsonException($"There is no protocol {word}. Use pop3, imap or smtp.");
            reader.Read();
            changes = changes.With(protocol, ReadSetting(ref reader));
        }
        return changes;
    }

    private static AccessSetting ReadSetting(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => AccessSetting.Inherit,
        JsonTokenType.String when AccessWords.ReadSetting(reader.GetString()) is { } setting => setting,
        _ => throw new JsonException("Use inherit, enabled or disabled."),
    };

    public override void Write(Utf8JsonWriter writer, AccessChanges value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var protocol in Data.MailAccess.Protocols)
            if (value[protocol] is { } setting)
                writer.WriteString(protocol.Word(), AccessWords.Word(setting));
        writer.WriteEndObject();
    }
}

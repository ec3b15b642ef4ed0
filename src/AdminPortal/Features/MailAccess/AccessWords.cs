using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Features.MailAccess;

/// <summary>Settings as requests, audit events and operation items spell them.</summary>
internal static class AccessWords
{
    public static string Word(AccessSetting setting) => setting switch
    {
        AccessSetting.Inherit => "inherit",
        AccessSetting.Enabled => "enabled",
        AccessSetting.Disabled => "disabled",
        _ => throw new ArgumentOutOfRangeException(nameof(setting)),
    };

    public static AccessSetting? ReadSetting(string? word) => word switch
    {
        "inherit" => AccessSetting.Inherit,
        "enabled" => AccessSetting.Enabled,
        "disabled" => AccessSetting.Disabled,
        _ => null,
    };

    /// <summary>The members in which <paramref name="settings"/> differs from <paramref name="other"/>: <c>{"pop3": "disabled"}</c>.</summary>
    public static JsonDocument Difference(AccessSettings settings, AccessSettings other) => JsonSerializer.SerializeToDocument(
        Data.MailAccess.Protocols.Where(p => settings[p] != other[p]).ToDictionary(p => p.Word(), p => Word(settings[p])));
}

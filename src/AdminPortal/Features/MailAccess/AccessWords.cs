using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Features.MailAccess;

/// <summary>Protocols and settings as requests, audit events and operation items spell them.</summary>
internal static class AccessWords
{
    public static string Word(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "pop3",
        MailProtocol.Imap => "imap",
        MailProtocol.Smtp => "smtp",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    public static string Word(AccessSetting setting) => setting switch
    {
        AccessSetting.Inherit => "inherit",
        AccessSetting.Enabled => "enabled",
        AccessSetting.Disabled => "disabled",
        _ => throw new ArgumentOutOfRangeException(nameof(setting)),
    };

    public static MailProtocol? ReadProtocol(string? word) => word switch
    {
        "pop3" => MailProtocol.Pop3,
        "imap" => MailProtocol.Imap,
        "smtp" => MailProtocol.Smtp,
        _ => null,
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
        Data.MailAccess.Protocols.Where(p => settings[p] != other[p]).ToDictionary(Word, p => Word(settings[p])));
}

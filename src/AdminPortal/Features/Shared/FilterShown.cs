using AdminPortal.Data;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>A filter of mailboxes in words, the same on the list's chips and before a change of all that match: "POP3 off", "Plan Basic".</summary>
internal static class FilterShown
{
    private const string Setting = nameof(Setting);

    /// <summary>What can be asked about one protocol, by the name of its field.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Choices(MailProtocol protocol) =>
    [
        new(protocol.Word(), "on"), new(protocol.Word(), "off"),
        new(protocol.Word() + Setting, "inherit"), new(protocol.Word() + Setting, "enabled"), new(protocol.Word() + Setting, "disabled"),
    ];

    public static string Say(IStringLocalizer<Text> texts, string field, string word) => (field, word) switch
    {
        ("search", _) => texts["FilterSearch", word],
        ("plan", "-") => texts["FilterWithoutPlan"],
        ("plan", _) => texts["FilterPlan", word],
        ("domain", _) => word,
        (_, "on") => texts["FilterOn", Protocol(field)],
        (_, "off") => texts["FilterOff", Protocol(field)],
        (_, "inherit") => texts["FilterInherit", Protocol(field)],
        (_, "enabled") => texts["FilterEnabled", Protocol(field)],
        _ => texts["FilterDisabled", Protocol(field)],
    };

    private static string Protocol(string field) => MailProtocols.Read(field.Replace(Setting, "", StringComparison.Ordinal))?.Name() ?? field;
}

using AdminPortal.Hosting;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ApiTokens;

/// <summary>What a token can be made for, in words: for <c>mailboxes:read</c> the texts <c>ScopeMailboxesRead</c> and <c>MayMailboxesRead</c>.</summary>
internal static class ScopeWords
{
    public static string NameKey(string scope) => $"Scope{Words(scope)}";

    public static string ExplanationKey(string scope) => $"May{Words(scope)}";

    private static string Words(string scope) => string.Concat(scope.Split(':').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}

/// <summary>What pages say of an outcome that is none.</summary>
internal static class TokenFaults
{
    public static string Say(this IStringLocalizer<Text> texts, TokenFault fault) => texts[$"Fault{fault}", Networks.Most];

    /// <summary>One network a line; commas and blanks part them too.</summary>
    public static IReadOnlyList<string> Lines(string? networks) =>
        (networks ?? "").Split([' ', ',', ';', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The day is included, as people mean it.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => new(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    public static DateOnly DayBefore(DateTimeOffset end) => DateOnly.FromDateTime(end.UtcDateTime.AddTicks(-1));
}

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
}

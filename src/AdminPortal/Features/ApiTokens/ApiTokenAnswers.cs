using AdminPortal.Data;

namespace AdminPortal.Features.ApiTokens;

/// <summary>A token without its secret.</summary>
/// <param name="Id">The token.</param>
/// <param name="Name">Its owner's words for it.</param>
/// <param name="Prefix">Its first characters.</param>
/// <param name="Scopes">What it may be used for, as far as its owner's role allows at the moment of the call.</param>
/// <param name="Networks">From where it may be used; none: from everywhere.</param>
/// <param name="Owner">Who it acts for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when it is refused; null: never.</param>
/// <param name="LastUsedAt">To the minute; null: not yet.</param>
/// <param name="LastUsedFrom">From where.</param>
/// <param name="PreviousUntil">Until when the secret before the last replacement is accepted too.</param>
/// <param name="RevokedAt">When it was revoked.</param>
internal record TokenAnswer(
    Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, IReadOnlyList<string> Networks, Guid Owner, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, string? LastUsedFrom, DateTimeOffset? PreviousUntil, DateTimeOffset? RevokedAt)
{
    public static TokenAnswer Of(ApiToken token) => new(
        token.Id, token.Name, token.Prefix, token.Scopes, token.Networks, token.UserId, token.CreatedAt, token.ExpiresAt, token.LastUsedAt,
        token.LastUsedFrom, token.PreviousUntil, token.RevokedAt);
}

/// <summary>A token with its new secret, shown this once.</summary>
internal sealed record CreatedTokenAnswer(
    Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, IReadOnlyList<string> Networks, Guid Owner, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, string Token)
{
    public static CreatedTokenAnswer Of(ApiToken token, string text) =>
        new(token.Id, token.Name, token.Prefix, token.Scopes, token.Networks, token.UserId, token.CreatedAt, token.ExpiresAt, text);
}

/// <param name="Name">Your words for it, such as the program that will use it.</param>
/// <param name="Scopes">What it may be used for, of what your role can do.</param>
/// <param name="ExpiresAt">From when it is refused, at most 366 days from now; 90 days where nothing is said.</param>
/// <param name="Networks">From where it may be used, such as 192.0.2.0/24 or 2001:db8::1; where nothing is said, from everywhere.</param>
internal sealed record CreateTokenRequest(
    string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null, IReadOnlyList<string>? Networks = null);

/// <param name="Name">Your words for it.</param>
/// <param name="Networks">From where it may be used; null: from everywhere.</param>
/// <param name="ExpiresAt">From when it is refused, at most 366 days from now.</param>
internal sealed record TokenPatch(string? Name, IReadOnlyList<string>? Networks, DateTimeOffset? ExpiresAt);

/// <param name="OverlapMinutes">How long the secret that is replaced stays valid beside the new one: 0 to 10,080, which is a week; an hour where
/// nothing is said.</param>
internal sealed record RotateTokenRequest(int OverlapMinutes = 60);

internal abstract record TokenOutcome
{
    private TokenOutcome() { }

    public sealed record Done(ApiToken Token) : TokenOutcome;

    /// <summary>With a new secret, to be shown once.</summary>
    public sealed record Issued(ApiToken Token, string Text) : TokenOutcome;

    public sealed record NotFound : TokenOutcome;

    /// <summary>Somebody else changed it first.</summary>
    public sealed record Stale(ApiToken Now) : TokenOutcome;

    /// <summary>It is somebody else's: one may see and revoke it, but not change it.</summary>
    public sealed record NotYours : TokenOutcome;

    public sealed record Invalid(string Field, TokenFault Fault, string Message) : TokenOutcome;

    /// <summary>The state of things is against it.</summary>
    public sealed record Refused(TokenFault Fault, string Why) : TokenOutcome;
}

/// <summary>What can be wrong with what was asked for; pages have a sentence for each.</summary>
internal enum TokenFault
{
    Name,
    Scopes,
    ScopesBeyondRole,
    ScopesBeyondToken,
    Networks,
    NetworksBeyondToken,
    Expiry,
    ExpiryBeyondToken,
    Overlap,
    Revoked,
    NoMember,
}

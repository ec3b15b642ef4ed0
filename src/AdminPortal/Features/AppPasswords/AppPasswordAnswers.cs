using AdminPortal.Data;

namespace AdminPortal.Features.AppPasswords;

/// <summary>An app password without the password.</summary>
/// <param name="Id">The app password.</param>
/// <param name="Name">Its owner's words for it.</param>
/// <param name="Protocols">By which it opens the mailbox, where access to them is on.</param>
/// <param name="Networks">From where; none: from everywhere.</param>
/// <param name="ExpiresAt">From when it opens nothing any more; null: never.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it; empty where it came with the mailbox.</param>
/// <param name="LastUsed">When a program last came in with it; null: not yet.</param>
internal sealed record AppPasswordAnswer(
    Guid Id, string Name, IReadOnlyList<MailProtocol> Protocols, IReadOnlyList<string> Networks, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt,
    string CreatedBy, AppPasswordUse? LastUsed)
{
    public static AppPasswordAnswer Of(MailCredential credential) => new(
        credential.Id, credential.Label, credential.Protocols, credential.Networks, credential.ExpiresAt, credential.CreatedAt, credential.CreatedBy,
        AppPasswordUse.Of(credential));
}

/// <param name="At">To the minute.</param>
/// <param name="Protocol">By which protocol.</param>
/// <param name="From">From which address.</param>
internal sealed record AppPasswordUse(DateTimeOffset At, MailProtocol? Protocol, string? From)
{
    public static AppPasswordUse? Of(MailCredential credential) =>
        credential.LastUsedAt is { } at ? new(at, credential.LastUsedBy, credential.LastUsedFrom) : null;
}

/// <summary>A new app password, shown this once.</summary>
/// <param name="Id">The app password.</param>
/// <param name="Name">Its owner's words for it.</param>
/// <param name="Protocols">By which it opens the mailbox, where access to them is on.</param>
/// <param name="Networks">From where; none: from everywhere.</param>
/// <param name="ExpiresAt">From when it opens nothing any more; null: never.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UserName">What the program asks for as the user name.</param>
/// <param name="Password">What it asks for as the password. The hyphens belong to it.</param>
internal sealed record CreatedAppPasswordAnswer(
    Guid Id, string Name, IReadOnlyList<MailProtocol> Protocols, IReadOnlyList<string> Networks, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt,
    string UserName, string Password)
{
    /// <summary>A record would print its members, the password with them.</summary>
    public override string ToString() => $"{nameof(CreatedAppPasswordAnswer)} {Id}";
}

/// <param name="Name">Your words for it, such as the program or the device.</param>
/// <param name="Protocols">By which it opens the mailbox; where nothing is said, by all of them.</param>
/// <param name="Networks">From where, such as 192.0.2.0/24 or 2001:db8::1; where nothing is said, from everywhere.</param>
/// <param name="ExpiresAt">From when it opens nothing any more; where nothing is said, never.</param>
internal sealed record CreateAppPasswordRequest(
    string Name, IReadOnlyList<MailProtocol>? Protocols = null, IReadOnlyList<string>? Networks = null, DateTimeOffset? ExpiresAt = null);

/// <param name="Name">Your words for it.</param>
/// <param name="Protocols">By which it opens the mailbox; null: by all of them.</param>
/// <param name="Networks">From where it may be used; null: from everywhere.</param>
/// <param name="ExpiresAt">From when it opens nothing any more; null: never.</param>
internal sealed record AppPasswordPatch(
    string? Name = null, IReadOnlyList<MailProtocol>? Protocols = null, IReadOnlyList<string>? Networks = null, DateTimeOffset? ExpiresAt = null);

internal abstract record AppPasswordOutcome
{
    private AppPasswordOutcome() { }

    public sealed record Done(MailCredential Now) : AppPasswordOutcome;

    /// <summary>With the password, to be shown once.</summary>
    public sealed record Created(MailCredential Made, Mailbox Mailbox, string Password) : AppPasswordOutcome
    {
        /// <summary>A record would print its members, the password with them.</summary>
        public override string ToString() => $"created {Made.Id}";
    }

    public sealed record NotFound : AppPasswordOutcome;

    /// <summary>Somebody else changed it first.</summary>
    public sealed record Stale(MailCredential Now) : AppPasswordOutcome;

    public sealed record Invalid(string Field, AppPasswordFault Fault, string Message) : AppPasswordOutcome;

    /// <summary>The state of things is against it.</summary>
    public sealed record Refused(AppPasswordFault Fault, string Why) : AppPasswordOutcome;
}

/// <summary>What can be wrong with what was asked for; pages have a sentence for each.</summary>
internal enum AppPasswordFault
{
    Name,
    Protocols,
    Networks,
    Expiry,
    TooMany,
    ServedElsewhere,
}

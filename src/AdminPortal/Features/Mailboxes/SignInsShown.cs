using AdminPortal.Data;
using AdminPortal.Features.Shared;

namespace AdminPortal.Features.Mailboxes;

/// <summary>How sign-ins stand on the pages.</summary>
internal static class SignInsShown
{
    /// <summary>By which protocol a mailbox signed in last, and when; null where it never did.</summary>
    public static (MailProtocol By, DateTimeOffset At)? Latest(this LastSignIns signIns)
    {
        var known = new (MailProtocol By, DateTimeOffset? At)[] { (MailProtocol.Pop3, signIns.Pop3), (MailProtocol.Imap, signIns.Imap), (MailProtocol.Smtp, signIns.Smtp) };
        return known.MaxBy(one => one.At) is { By: var by, At: { } at } ? (by, at) : null;
    }

    public static Standing Standing(this MailSignInResult result) => result switch
    {
        MailSignInResult.Succeeded => Shared.Standing.Good,
        MailSignInResult.AccessDisabled => Shared.Standing.Open,
        _ => Shared.Standing.Warning,
    };
}

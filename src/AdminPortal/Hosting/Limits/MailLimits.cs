namespace AdminPortal.Hosting;

/// <summary>How much mail strangers and administrators can make this portal send. What is beyond is not sent, and a stranger is not told.</summary>
internal sealed class MailLimits
{
    /// <summary>Mails with a link to a new password, for one account in an hour.</summary>
    public int ResetsPerAccount { get; set; } = 3;

    /// <summary>New passwords asked for from one address in an hour, for any account.</summary>
    public int ResetsPerAddress { get; set; } = 20;

    /// <summary>Invitations of one tenant in a day.</summary>
    public int InvitationsPerDay { get; set; } = 200;
}

using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Members;

/// <summary>The link of an invitation, and the mail that carries it, in the language of who is invited.</summary>
internal sealed class InvitationMail(Outbox outbox, CurrentTenant tenant, IStringLocalizer<Text> texts, IOptions<HostingOptions> hosting)
{
    public const string Kind = "invitation";

    public Uri LinkOf(OneTimeSecret secret) => new(hosting.Value.PublicAddress, $"invitation/{secret.Text}");

    public QueuedMail Ask(Invitation invitation, string? mailbox, OneTimeSecret secret) => outbox.Add(
        Kind, invitation.SentTo, (Language.Find(invitation.Language) ?? Language.All[0]).Speak(() => Write(invitation, mailbox, LinkOf(secret))), invitation.ExpiresAt);

    private MailText Write(Invitation invitation, string? mailbox, Uri link) => new(
        Language.Current.Code,
        mailbox is null ? texts["MailSubject", tenant.Name] : texts["MailSubjectOwner", mailbox],
        mailbox is null
            ? [texts["MailInvited", invitation.InvitedBy, tenant.Name, texts[$"Role{invitation.Role}"].Value]]
            : [texts["MailInvitedOwner", invitation.InvitedBy, tenant.Name, mailbox]],
        texts["MailLink"],
        link,
        [texts.Count("MailValid", (int)InvitePerson.Lasts.TotalDays), texts["MailIgnore"]]);
}

using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn.Reset;

/// <summary>
/// Looks whose name it is for which a new password was asked, and sends the owner a link: to the account's own address, wherever the
/// question came from. Names that are nobody's are forgotten; so are those of whoever administers the platform, or whoever reads the mail of their
/// domain, such as a tenant's administrator, would come to administer it too. For them the operator has a command.
/// </summary>
internal sealed class SendResetLink(
    PortalDbContext db, UserManager<PortalUser> users, Outbox outbox, PersonTrail trail, Actor actor, TimeProvider time,
    IStringLocalizer<Text> texts, IOptions<HostingOptions> hosting)
{
    public const string Kind = "passwordReset";
    public const string Door = "reset-password";

    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Handles the oldest question. False when none waits.</summary>
    public async Task<bool> HandleNextAsync(CancellationToken cancellationToken)
    {
        await using var turn = await db.Database.BeginTransactionAsync(cancellationToken);
        var asked = (await db.PasswordResets.FromSql(
            $"SELECT * FROM password_reset WHERE handled_at IS NULL ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED").ToListAsync(cancellationToken)).SingleOrDefault();
        if (asked is null) return false;

        asked.HandledAt = time.GetUtcNow();
        if (await users.FindByNameAsync(asked.Name) is { IsPlatformAdmin: false } person) await SendAsync(asked, person, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await turn.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Makes the link for somebody whom the operator knows, to be handed over. The caller saves.</summary>
    public async Task<Uri> MakeAsync(PortalUser person, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var reset = new PasswordReset { Id = Guid.CreateVersion7(), Name = person.UserName!, Language = person.Language ?? Language.All[0].Code, AskedAt = now, HandledAt = now };
        db.Add(reset);
        var secret = Arm(reset, person);
        await trail.WriteAsync(person.Id, person.UserName!, AuditActions.PasswordResetAsked, cancellationToken);
        return LinkOf(secret);
    }

    /// <summary>Forgets questions that nobody counts any more, with what they say about who asked.</summary>
    public Task ForgetAsync(CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow() - Kept;
        return db.PasswordResets.Where(r => r.AskedAt < old).ExecuteDeleteAsync(cancellationToken);
    }

    private async Task SendAsync(PasswordReset asked, PortalUser person, CancellationToken cancellationToken)
    {
        var secret = Arm(asked, person);
        var language = Language.Find(person.Language ?? asked.Language) ?? Language.All[0];
        outbox.Add(Kind, person.Email ?? person.UserName!, language.Speak(() => Write(person, LinkOf(secret))), asked.ExpiresAt!.Value);
        // Nobody is signed in: who asked is known by the address alone.
        actor.Become(ActorKind.System, null, "system");
        (actor.RemoteAddress, actor.UserAgent) = (asked.RemoteAddress, asked.UserAgent);
        await trail.WriteAsync(person.Id, person.UserName!, AuditActions.PasswordResetAsked, cancellationToken);
    }

    private OneTimeSecret Arm(PasswordReset reset, PortalUser person)
    {
        var secret = OneTimeSecret.Make();
        (reset.UserId, reset.TokenHash, reset.ExpiresAt) = (person.Id, secret.Hash, time.GetUtcNow() + Lasts);
        return secret;
    }

    private Uri LinkOf(OneTimeSecret secret) => new(hosting.Value.PublicAddress, $"{Door}/{secret.Text}");

    private MailText Write(PortalUser person, Uri link) => new(
        Language.Current.Code, texts["MailSubject"], [texts["MailAsked", person.UserName!]], texts["MailLink"], link,
        [texts.Count("MailValid", (int)Lasts.TotalMinutes), texts["MailIgnore"]]);
}

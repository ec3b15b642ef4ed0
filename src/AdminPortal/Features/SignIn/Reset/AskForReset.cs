using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn.Reset;

/// <summary>
/// Notes that somebody wants a new password for a name, and looks no further: whether the name is anybody's is found out afterwards, by a
/// worker. So the answer and its time are the same for every name, known or not.
/// </summary>
internal sealed class AskForReset(PortalDbContext db, Actor actor, LimitHits hits, TimeProvider time, IOptions<LimitsOptions> limits)
{
    private static readonly TimeSpan Span = TimeSpan.FromHours(1);

    /// <param name="name">As it was typed; what is no address is forgotten.</param>
    /// <param name="cancellationToken">Gives up; nothing is noted.</param>
    public async Task HandleAsync(string name, CancellationToken cancellationToken)
    {
        if (MailAddressName.Normalise(name) is not { } address || await IsTooManyAsync(address, cancellationToken)) return;
        db.Add(new PasswordReset
        {
            Id = Guid.CreateVersion7(),
            Name = address,
            Language = Language.Current.Code,
            RemoteAddress = actor.RemoteAddress,
            UserAgent = actor.UserAgent,
            AskedAt = time.GetUtcNow(),
        });
        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task<bool> IsTooManyAsync(string name, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - Span;
        var recent = db.PasswordResets.Where(r => r.AskedAt > since);
        var ofName = await recent.CountAsync(r => r.Name == name, cancellationToken);
        var ofAddress = await recent.CountAsync(r => r.RemoteAddress == actor.RemoteAddress, cancellationToken);
        var mail = limits.Value.Mail;
        if (ofName >= mail.ResetsPerAccount) hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Mail)}:{nameof(MailLimits.ResetsPerAccount)}");
        if (ofAddress >= mail.ResetsPerAddress) hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Mail)}:{nameof(MailLimits.ResetsPerAddress)}");
        return ofName >= mail.ResetsPerAccount || ofAddress >= mail.ResetsPerAddress;
    }
}

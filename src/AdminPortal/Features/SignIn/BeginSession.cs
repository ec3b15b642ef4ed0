using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn;

/// <summary>The one place where somebody comes in, by whichever proof: a session, its cookie, and a note of it for the person and the trail.</summary>
internal sealed class BeginSession(
    Sessions sessions, SessionCookie cookie, RecentSignIns recent, SignInRecord record, SignInThrottle throttle, CurrentUser user, Actor actor,
    IHttpContextAccessor http)
{
    /// <param name="person">Who was proved to be there, by all that is asked of them.</param>
    /// <param name="method">How.</param>
    /// <param name="vouchedBy">The tenant whose issuer said so; null where the portal itself knows the person.</param>
    /// <param name="cancellationToken">Gives up; nobody is signed in.</param>
    /// <param name="provedAt">When the person gave the proof, where that was not just now.</param>
    public async Task HandleAsync(
        PortalUser person, SignInMethod method, Guid? vouchedBy, CancellationToken cancellationToken, DateTimeOffset? provedAt = null)
    {
        // What a tenant's issuer says makes no address a known one for an account's password.
        if (vouchedBy is null) await throttle.EnteredAsync(person.UserName!, actor.Origin(), cancellationToken);
        await recent.NoteAsync(person.Id, method, PortalSignInResult.Succeeded, vouchedBy, cancellationToken);
        await record.WriteAsync(person.Id, person.UserName!, AuditActions.SignedIn, cancellationToken, vouchedBy);
        await EnterAsync(person, method, vouchedBy, provedAt, cancellationToken);
    }

    /// <summary>
    /// After the caller changed a password or a factor: whoever else holds a session of theirs proves anew who they are, and this browser gets a
    /// new one, which no copy of the old cookie opens.
    /// </summary>
    public async Task AloneAsync(PortalUser person, SignInMethod method, CancellationToken cancellationToken)
    {
        await sessions.EndAllAsync(person.Id, but: null, cancellationToken);
        await EnterAsync(person, method, user.Session?.VouchedBy, provedAt: null, cancellationToken);
    }

    private async Task EnterAsync(PortalUser person, SignInMethod method, Guid? vouchedBy, DateTimeOffset? provedAt, CancellationToken cancellationToken)
    {
        var session = await sessions.BeginAsync(person, method, vouchedBy, provedAt, cancellationToken);
        await http.HttpContext!.SignInAsync(IdentityConstants.ApplicationScheme, cookie.PrincipalOf(person, session.Id));
    }
}

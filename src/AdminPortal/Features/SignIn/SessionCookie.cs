using System.Security.Claims;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// The cookie of a browser's session. It names the session's row, its person and the security stamp at sign-in; everything else is read
/// afresh at each request, in one round trip, so that an ended session, a changed password and a lost role count at once.
/// </summary>
internal sealed class SessionCookie(
    CrossTenant crossTenant, Sessions sessions, CurrentUser user, Actor actor, TimeProvider time, IOptions<IdentityOptions> identity,
    IOptions<SignInOptions> options)
{
    private const string SessionClaim = "sid";

    private ClaimsIdentityOptions Names => identity.Value.ClaimsIdentity;

    /// <summary>What the cookie holds: no name, no role, nothing that could go stale.</summary>
    public ClaimsPrincipal PrincipalOf(PortalUser person, Guid sessionId) => new(new ClaimsIdentity(
        [
            new(Names.UserIdClaimType, person.Id.ToString()),
            new(Names.SecurityStampClaimType, person.SecurityStamp ?? ""),
            new(SessionClaim, sessionId.ToString()),
        ],
        IdentityConstants.ApplicationScheme));

    public async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var cancellationToken = context.HttpContext.RequestAborted;
        if (await FindAsync(context.Principal!, cancellationToken) is not { } session)
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(context.Scheme.Name);
            return;
        }

        var isFresh = time.GetUtcNow() - session.ProvedAt < options.Value.ProofLasts;
        user.SignedIn(session.Person, new BrowserSession(session.Id, session.Method, session.VouchedBy, isFresh));
        actor.Become(ActorKind.User, session.Person.Id, session.Person.Name);
        await sessions.TouchAsync(session, cancellationToken);
        context.ReplacePrincipal(new(Describe(session.Person, context.Principal!)));
    }

    /// <returns>Null where the session was ended or has run out, or belongs to an earlier security stamp.</returns>
    private async Task<FoundSession?> FindAsync(ClaimsPrincipal cookie, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(cookie.FindFirstValue(SessionClaim), out var id)) return null;
        if (await crossTenant.FindSessionAsync(id, cancellationToken) is not { } session) return null;
        return IsAlive(session) && session.Person.Id.ToString() == cookie.FindFirstValue(Names.UserIdClaimType)
            && session.Person.SecurityStamp == cookie.FindFirstValue(Names.SecurityStampClaimType) ? session : null;
    }

    private bool IsAlive(FoundSession session)
    {
        var now = time.GetUtcNow();
        return now - session.LastSeenAt < options.Value.SessionIdle && now - session.StartedAt < options.Value.SessionLasts;
    }

    /// <summary>The session's own claims, and what pages ask of the principal: a name and a language.</summary>
    private static ClaimsIdentity Describe(Person person, ClaimsPrincipal session)
    {
        var described = new ClaimsIdentity(session.Claims.Where(claim => claim.Type is not ClaimTypes.Name), session.Identity!.AuthenticationType, ClaimTypes.Name, null);
        described.AddClaim(new(ClaimTypes.Name, person.DisplayName ?? person.Name));
        if (person.Language is { } language) described.AddClaim(new(Localization.Claim, language));
        return described;
    }
}

using System.Security.Claims;
using System.Security.Cryptography;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// A browser's session. Its cookie holds the person's id, the security stamp at sign-in and the session's name; everything else is read
/// afresh at each request, in one round trip, so that a changed password or role counts at once.
/// </summary>
internal sealed class Session(CrossTenant crossTenant, CurrentUser user, Actor actor, IOptions<IdentityOptions> identity)
{
    public const string IdClaim = "sid";

    public async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var person = await FindAsync(context.Principal!, context.HttpContext.RequestAborted);
        if (person is null)
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(context.Scheme.Name);
            return;
        }

        user.SignedIn(person, context.Principal!.FindFirstValue(IdClaim) ?? "", SessionClaims.Read(context.Principal!));
        actor.Become(ActorKind.User, person.Id, person.Name);
        context.ReplacePrincipal(new(Describe(person, context.Principal!)));
    }

    /// <returns>Null where there is no such person any more, or the session belongs to an earlier security stamp.</returns>
    private async Task<Person?> FindAsync(ClaimsPrincipal principal, CancellationToken cancellationToken)
    {
        var claims = identity.Value.ClaimsIdentity;
        if (!Guid.TryParse(principal.FindFirstValue(claims.UserIdClaimType), out var id)) return null;
        var person = await crossTenant.FindPersonAsync(id, cancellationToken);
        return person is not null && person.SecurityStamp == principal.FindFirstValue(claims.SecurityStampClaimType) ? person : null;
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

/// <summary>What a new session's cookie holds: no name, no role, nothing that could go stale.</summary>
internal sealed class SessionPrincipal(IOptions<IdentityOptions> identity) : IUserClaimsPrincipalFactory<PortalUser>
{
    public Task<ClaimsPrincipal> CreateAsync(PortalUser user)
    {
        var names = identity.Value.ClaimsIdentity;
        return Task.FromResult(new ClaimsPrincipal(new ClaimsIdentity(
        [
            new(names.UserIdClaimType, user.Id.ToString()),
            new(names.SecurityStampClaimType, user.SecurityStamp ?? ""),
            new(Session.IdClaim, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))),
        ], IdentityConstants.ApplicationScheme)));
    }
}

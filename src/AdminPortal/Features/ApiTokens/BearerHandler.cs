using System.Security.Claims;
using System.Text.Encodings.Web;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.ApiTokens;

/// <summary>
/// Knows programs by their token (RFC 6750). Token and owner are read at each call, in one round trip, so that a revoked token, a lost role and a removed
/// member count at once.
/// </summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    CrossTenant crossTenant, CurrentUser user, Actor actor, TimeProvider time, IMemoryCache touched, SignInThrottle throttle, Refusals refusals)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";
    private static readonly TimeSpan TouchAgain = TimeSpan.FromMinutes(1);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return Refuse("Use Authorization: Bearer …");
        var text = header[Prefix.Length..].Trim();
        if (!TokenText.IsWellFormed(text)) return await RefuseGuessAsync(text, "This is no token of this portal, or it was cut.");

        var bearer = await crossTenant.FindBearerAsync(TokenText.Hash(text), Context.RequestAborted);
        if (bearer is null) return await RefuseGuessAsync(text, "This token is not known.");
        if (WhyNot(bearer) is var (reason, told))
        {
            await refusals.OfTokenAsync(bearer.Token, reason, Context.RequestAborted);
            // A token that is right is no guess, wherever it is used.
            return reason is RefusalReasons.TokenRevoked or RefusalReasons.TokenExpired ? await RefuseGuessAsync(text, told) : Refuse(told);
        }

        await TouchAsync(bearer.Token.Id);
        return Accept(bearer.Token, bearer.Owner);
    }

    private (string Reason, string Told)? WhyNot(Bearer bearer) => bearer switch
    {
        { Token.RevokedAt: not null } => (RefusalReasons.TokenRevoked, "This token was revoked."),
        { Token.ExpiresAt: { } end } when end <= time.GetUtcNow() => (RefusalReasons.TokenExpired, "This token has expired."),
        { Token.TenantId: not null, Owner.Memberships.Count: 0 } =>
            (RefusalReasons.TokenWithoutOwner, "The token's owner has no place in its organisation any more."),
        { Token.Networks: var networks } when !Networks.Allow(networks, Context.Connection.RemoteIpAddress) =>
            (RefusalReasons.TokenFromElsewhere, $"This token may not be used from {Networks.Plain(Context.Connection.RemoteIpAddress)?.ToString() ?? "an unknown address"}."),
        _ => null,
    };

    private AuthenticateResult Accept(FoundToken token, Person owner)
    {
        user.SignedIn(owner, token);
        actor.Become(ActorKind.Token, token.Id, token.Name);
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, owner.Id.ToString()), new(ClaimTypes.Name, token.Name)], Scheme.Name);
        if (owner.Language is { } language) identity.AddClaim(new(Localization.Claim, language));
        return AuthenticateResult.Success(new(new(identity), Scheme.Name));
    }

    // The database writes once a minute at most; this spares asking it.
    private async Task TouchAsync(Guid tokenId)
    {
        var key = (nameof(BearerHandler), tokenId);
        if (touched.TryGetValue(key, out _)) return;
        touched.Set(key, true, TouchAgain);
        await crossTenant.TouchTokenAsync(tokenId, actor.RemoteAddress, Context.RequestAborted);
    }

    private async Task<AuthenticateResult> RefuseGuessAsync(string text, string reason)
    {
        if (await throttle.CountWrongTokenAsync(Context.Connection.RemoteIpAddress, text, Context.RequestAborted) is { } wait)
            Context.Items[AuthorizationAnswers.HeldOff] = wait;
        return Refuse(reason);
    }

    private AuthenticateResult Refuse(string reason)
    {
        Context.Items[AuthorizationAnswers.BearerRefusal] = reason;
        return AuthenticateResult.Fail(reason);
    }
}

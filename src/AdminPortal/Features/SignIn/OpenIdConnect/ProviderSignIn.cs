using System.Security.Claims;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>Why signing in with an organisation's provider did not end in a session. Each has its sentence.</summary>
internal enum ProviderFailure
{
    /// <summary>The answer belongs to nothing that this browser asked for in the last minutes: too late, already used, or somebody else's.</summary>
    Expired,

    /// <summary>The person said no, or the issuer did.</summary>
    Cancelled,

    IssuerAway,

    /// <summary>What the issuer answered does not hold: signature, issuer, audience, nonce, code.</summary>
    NotTrusted,

    /// <summary>The person is who they say, and is nothing here.</summary>
    NoEntry,

    /// <summary>A new proof was asked for, and the issuer did not say that it got one since.</summary>
    NotProvedAnew,
}

internal abstract record ProviderAnswer
{
    private ProviderAnswer() { }

    public sealed record SignedIn(string? ReturnUrl) : ProviderAnswer;

    public sealed record Tried(string Slug, Trial Trial, string CalledBy, string? Address) : ProviderAnswer;

    /// <param name="Why">Which sentence.</param>
    /// <param name="Slug">Whose sign-in page leads on; null where it is not known.</param>
    public sealed record Failed(ProviderFailure Why, string? Slug) : ProviderAnswer;
}

/// <summary>Leads a person to their organisation's issuer, and receives them when they come back.</summary>
internal sealed partial class ProviderSignIn(
    PortalDbContext db, CrossTenant crossTenant, CurrentTenant tenant, CurrentUser user, Issuers issuers, ProviderHandler handlers, ReceiveIdentity receive,
    TryProvider tryProvider, BeginSession begin, TimeProvider time, ILogger<ProviderSignIn> logger)
{
    /// <param name="context">The request; where nothing failed, its answer is the redirect.</param>
    /// <param name="slug">The organisation.</param>
    /// <param name="providerId">Its provider.</param>
    /// <param name="isTrial">An administrator only tries it.</param>
    /// <param name="returnUrl">Where to go then; a page of this portal.</param>
    /// <returns>Whether there is such a provider for this person, and why they could not be led to it.</returns>
    public async Task<(bool IsFound, ProviderFailure? Failure)> LeadAsync(HttpContext context, string slug, Guid providerId, bool isTrial, string? returnUrl)
    {
        if (isTrial && !MayTry(slug)) return (false, null);
        if (await EnterAsync(slug, context.RequestAborted) is null) return (false, null);
        if (await FindAsync(providerId, context.RequestAborted) is not { } provider || (!isTrial && !provider.Enabled)) return (false, null);
        if (!await AnswersAsync(provider, context.RequestAborted)) return (true, ProviderFailure.IssuerAway);

        var handler = await handlers.MakeAsync(context, provider, new());
        // Who is here by this tenant's provider already, and comes again, comes to prove it anew.
        DateTimeOffset? renewedFrom = user.Session?.VouchedBy == tenant.Id ? time.GetUtcNow() : null;
        var errand = new Errand(tenant.Id, provider.Id, tenant.Slug, isTrial ? user.UserId : null, returnUrl, renewedFrom);
        await handler.ChallengeAsync(errand.ToProperties());
        return (true, null);
    }

    public async Task<ProviderAnswer> ReceiveAsync(HttpContext context)
    {
        if (handlers.ErrandOf(context) is not { } errand) return new ProviderAnswer.Failed(ProviderFailure.Expired, null);
        if (await EnterAsync(errand.TenantId.ToString(), context.RequestAborted) is null || await FindAsync(errand.ProviderId, context.RequestAborted) is not { } provider
            || (errand.TriedBy is null && !provider.Enabled))
            return new ProviderAnswer.Failed(ProviderFailure.Expired, errand.Slug);

        var (person, failure) = await AskAsync(context, provider);
        if (failure is { } why) return new ProviderAnswer.Failed(why, errand.Slug);
        if (person is null || VouchedIdentity.Of(provider, person) is not { } identity) return new ProviderAnswer.Failed(ProviderFailure.NotTrusted, errand.Slug);
        if (errand.RenewedFrom is { } from && !(identity.ProvedAt >= from - ProviderHandler.Skew)) return new ProviderAnswer.Failed(ProviderFailure.NotProvedAnew, errand.Slug);
        return errand.TriedBy is { } administrator
            ? await TriedAsync(identity, administrator, errand, context.RequestAborted)
            : await SignInAsync(identity, errand, context.RequestAborted);
    }

    private async Task<ProviderAnswer> SignInAsync(VouchedIdentity identity, Errand errand, CancellationToken cancellationToken)
    {
        if (await receive.HandleAsync(identity, cancellationToken) is not { } person)
        {
            LogNoEntry(tenant.Slug, identity.Provider.Id);
            return new ProviderAnswer.Failed(ProviderFailure.NoEntry, errand.Slug);
        }
        // An issuer that has a session open lets people in without a word: only what it says it was shown lately is a fresh proof.
        await begin.HandleAsync(person, SignInMethod.OpenIdConnect, tenant.Id, cancellationToken, identity.ProvedAt ?? DateTimeOffset.UnixEpoch);
        return new ProviderAnswer.SignedIn(errand.ReturnUrl);
    }

    // Whoever set out must be the one who comes back.
    private async Task<ProviderAnswer> TriedAsync(VouchedIdentity identity, Guid administrator, Errand errand, CancellationToken cancellationToken) =>
        user.IsAuthenticated && user.UserId == administrator && MayTry(errand.Slug)
            ? new ProviderAnswer.Tried(errand.Slug, await tryProvider.HandleAsync(identity, cancellationToken), identity.CalledBy, identity.Address)
            : new ProviderAnswer.Failed(ProviderFailure.Expired, errand.Slug);

    /// <summary>Lets the handler check the answer and redeem its code.</summary>
    private async Task<(ClaimsPrincipal? Person, ProviderFailure? Failure)> AskAsync(HttpContext context, SignInProvider provider)
    {
        (ClaimsPrincipal?, ProviderFailure?) outcome = (null, ProviderFailure.NotTrusted);
        var handler = await handlers.MakeAsync(context, provider, new OpenIdConnectEvents
        {
            OnTokenValidated = validated =>
            {
                validated.Options.GetClaimsFromUserInfoEndpoint = VouchedIdentity.Lacks(provider, validated.Principal!);
                return Task.CompletedTask;
            },
            OnUserInformationReceived = received =>
            {
                ClaimValues.AddMissing((ClaimsIdentity)received.Principal!.Identity!, received.User.RootElement);
                return Task.CompletedTask;
            },
            OnTicketReceived = received =>
            {
                outcome = (received.Principal, null);
                received.HandleResponse();
                return Task.CompletedTask;
            },
            OnAccessDenied = denied =>
            {
                outcome = (null, ProviderFailure.Cancelled);
                denied.HandleResponse();
                return Task.CompletedTask;
            },
            OnRemoteFailure = failed =>
            {
                outcome = (null, Kind(failed.Failure));
                LogFailed(tenant.Slug, provider.Id, failed.Failure?.GetType().Name ?? "nothing");
                failed.HandleResponse();
                return Task.CompletedTask;
            },
        });
        await handler.HandleRequestAsync();
        return outcome;
    }

    private async Task<bool> AnswersAsync(SignInProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            await issuers.Of(provider.Issuer).GetConfigurationAsync(cancellationToken);
            return true;
        }
        // The library wraps what went wrong; whatever it was, the issuer cannot be asked.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogAway(tenant.Slug, provider.Id, exception.GetBaseException().Message);
            return false;
        }
    }

    private async Task<TenantName?> EnterAsync(string slugOrId, CancellationToken cancellationToken)
    {
        var found = await crossTenant.FindTenantAsync(slugOrId, cancellationToken);
        // The least there is: nothing is decided by it, as these pages are open to everybody.
        if (found is not null) tenant.Enter(found, PortalRole.MailboxOwner);
        return found;
    }

    private Task<SignInProvider?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.SignInProviders.Include(p => p.Roles).SingleOrDefaultAsync(p => p.Id == id, cancellationToken);

    private bool MayTry(string slug) => user.Memberships.Any(m => m.Role == PortalRole.TenantAdmin && m.Tenant.Slug == slug);

    private static ProviderFailure Kind(Exception? failure) => failure switch
    {
        { Message: "Correlation failed." } => ProviderFailure.Expired,
        _ when failure?.GetBaseException() is HttpRequestException or IOException or OperationCanceledException or System.Net.Sockets.SocketException => ProviderFailure.IssuerAway,
        _ => ProviderFailure.NotTrusted,
    };

    [LoggerMessage(LogLevel.Warning, "The issuer of {Tenant}'s provider {Provider} cannot be asked: {Reason}")]
    private partial void LogAway(string tenant, Guid provider, string reason);

    [LoggerMessage(LogLevel.Warning, "An answer for {Tenant}'s provider {Provider} was not accepted: {Kind}")]
    private partial void LogFailed(string tenant, Guid provider, string kind);

    [LoggerMessage(LogLevel.Information, "Somebody came by {Tenant}'s provider {Provider} who has neither role nor mailbox there.")]
    private partial void LogNoEntry(string tenant, Guid provider);
}

using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// Who calls, as the database says at this moment; scoped to the request. Filled when the caller is authenticated, by whichever way they
/// came: a session's cookie or a token.
/// </summary>
internal sealed class CurrentUser
{
    private Person? person;

    public bool IsAuthenticated => person is not null;

    /// <exception cref="InvalidOperationException">Nobody is signed in.</exception>
    public Guid UserId => Known.Id;

    /// <summary>How pages and the audit trail call the caller.</summary>
    public string Name => Known.Name;

    /// <summary><c>en</c>, <c>fr</c>, or null where the person has not chosen.</summary>
    public string? Language => person?.Language;

    /// <summary>False also for a platform administrator's token that is bound to one tenant.</summary>
    public bool IsPlatformAdmin { get; private set; }

    /// <summary>Where the caller may act: with a token bound to a tenant, that tenant alone.</summary>
    public IReadOnlyList<Membership> Memberships { get; private set; } = [];

    /// <summary>Where the caller belongs, but this session does not lead: the tenant asks for another way of signing in.</summary>
    public IReadOnlyList<Membership> ClosedMemberships { get; private set; } = [];

    /// <summary>Of these, where a second factor is all that is missing.</summary>
    public IEnumerable<Membership> WantingFactor =>
        ClosedMemberships.Where(m => m.SignIn.PasswordSignIn == PasswordSignIn.Allowed && Session?.LacksFactor(m) == true);

    /// <summary>The caller's own mailboxes, one for each tenant at most.</summary>
    public IReadOnlyList<OwnMailbox> OwnMailboxes { get; private set; } = [];

    /// <summary>The token's scopes; null for a session, where the role alone decides.</summary>
    public IReadOnlyCollection<string>? Scopes { get; private set; }

    public Guid? TokenId { get; private set; }

    /// <summary>The browser's session; null for a token.</summary>
    public BrowserSession? Session { get; private set; }

    /// <summary>What one sign-in, or one token, is called in the audit trail; never a secret.</summary>
    public string SessionId { get; private set; } = "";

    private Person Known => person ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Somebody came with a session's cookie. Every tenant that the session does not open is as if the person were nothing there.</summary>
    public void SignedIn(Person who, BrowserSession session)
    {
        (person, Session, SessionId) = (who, session, session.Id.ToString());
        IsPlatformAdmin = session.VouchedBy is null && who.IsPlatformAdmin;
        ActsIn([.. who.Memberships.Where(session.Opens)]);
        if (session.VouchedBy is null) ClosedMemberships = [.. who.Memberships.Where(m => !session.Opens(m))];
    }

    /// <summary>Somebody's token came, bound to one tenant or, for a platform administrator, to none.</summary>
    public void SignedIn(Person who, FoundToken token)
    {
        (person, TokenId, SessionId, Scopes) = (who, token.Id, token.Id.ToString(), token.Scopes);
        IsPlatformAdmin = token.TenantId is null && who.IsPlatformAdmin;
        ActsIn(token.TenantId is { } bound ? MembershipsIn(who, bound) : []);
    }

    private void ActsIn(IReadOnlyList<Membership> memberships)
    {
        Memberships = memberships;
        OwnMailboxes = [.. memberships.Where(m => m.MailboxId is not null).Select(m => new OwnMailbox(m.Tenant, m.MailboxId!.Value))];
    }

    private static List<Membership> MembershipsIn(Person who, Guid tenantId) => who.Memberships.Where(m => m.Tenant.Id == tenantId).ToList();
}

/// <summary>A mailbox that the caller owns.</summary>
internal sealed record OwnMailbox(TenantName Tenant, Guid MailboxId);

/// <param name="Id">The session's row.</param>
/// <param name="Method">How it was proved who is there.</param>
/// <param name="VouchedBy">The tenant whose issuer vouched for the person, and the only one that the session is good for.</param>
/// <param name="HasFreshProof">The person gave a password, a code or a passkey in the last minutes; see <see cref="StepUp"/>.</param>
internal sealed record BrowserSession(Guid Id, SignInMethod Method, Guid? VouchedBy, bool HasFreshProof)
{
    /// <summary>
    /// Whether the session is good for that tenant. One that a tenant's provider vouches for is good for that tenant alone: whoever runs the
    /// provider can make it say anything, and how many factors it asks for is that tenant's affair.
    /// </summary>
    public bool Opens(Membership membership) => VouchedBy is { } vouching
        ? vouching == membership.Tenant.Id
        : membership.SignIn.PasswordSignIn == PasswordSignIn.Allowed && !LacksFactor(membership);

    /// <summary>The tenant asks for a second factor, and the session was begun by a password alone.</summary>
    public bool LacksFactor(Membership membership) => VouchedBy is null && membership.SignIn.RequireSecondFactor && !Method.IsTwoFactor();
}

namespace AdminPortal.Data;

/// <summary>
/// One browser in which a person is signed in. The cookie only names this row, and the row is read at each request: what is ended here is
/// over at the next click, in every process. Global, like the person.
/// </summary>
public sealed class PortalSession
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public SignInMethod Method { get; set; }

    /// <summary>The tenant whose issuer vouched for the person: the session is good for that tenant alone. Null where the portal itself knew them.</summary>
    public Guid? VouchedBy { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>When the person last gave a password, a code or a passkey here: dangerous changes want it recent.</summary>
    public DateTimeOffset ProvedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public string? RemoteAddress { get; init; }

    public string? UserAgent { get; init; }
}

/// <summary>Sign-ins of one person that were alike and not far apart, folded into one row; refused ones too.</summary>
public sealed class PortalSignIn
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public SignInMethod Method { get; init; }

    public PortalSignInResult Result { get; init; }

    /// <summary>The tenant whose issuer vouched for the person, if one did.</summary>
    public Guid? VouchedBy { get; init; }

    public string? RemoteAddress { get; init; }

    public string? UserAgent { get; init; }

    public DateTimeOffset FirstAt { get; init; }

    public DateTimeOffset LastAt { get; set; }

    public int Count { get; set; }
}

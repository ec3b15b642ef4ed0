namespace AdminPortal.Data;

/// <summary>A person's authenticator app (RFC 6238). Its secret is sealed to the person with a key outside the database.</summary>
public sealed class Authenticator
{
    public Guid UserId { get; init; }

    public required byte[] ProtectedSecret { get; set; }

    /// <summary>Null while it is being set up: it counts for nothing until a code of it was typed in.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>The time step of the last code that was accepted; none up to it is accepted again (RFC 6238, 5.2).</summary>
    public long LastStep { get; set; }
}

/// <summary>One of the codes that open an account whose authenticator is lost. Kept as a keyed hash, good once.</summary>
public sealed class RecoveryCode
{
    public Guid UserId { get; init; }

    public required byte[] Hash { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A passkey's answer that was accepted; it is not accepted again. Kept for longer than a challenge lives.</summary>
public sealed class UsedProof
{
    public required byte[] Hash { get; init; }

    public DateTimeOffset UsedAt { get; init; }
}

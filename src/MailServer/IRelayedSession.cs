using System.Net;
using System.Net.Security;

namespace AdminPortal.MailServer;

/// <summary>A login whose mailbox is kept by another server: this one signs in there for the user, and from then on passes octets both ways.</summary>
public interface IRelayedSession : ISignedIn
{
    MailRoute Route { get; }

    /// <summary>The other server let us in. The user hears of success after this returned.</summary>
    /// <param name="took">From the first packet to the other server's consent: what the user waits longer than without us.</param>
    void Begun(TimeSpan took);

    /// <summary>The other server could not be had; the session is disposed next.</summary>
    void Failed(RelayFailure why);

    /// <summary>Something the other server said was passed on.</summary>
    /// <param name="took">From its arrival to its departure; not told where the client made us wait.</param>
    void Passed(TimeSpan took);
}

/// <summary>Where a mailbox is kept, and how to sign in there for it: SASL PLAIN (RFC 4616) with the mailbox as authorization identity.</summary>
/// <param name="Host">The name that the server's certificate must bear.</param>
/// <param name="Addresses">Where it is, tried in turn; at least one.</param>
/// <param name="Port">Of the protocol that the client speaks.</param>
/// <param name="Security">Whether TLS is there from the first octet or asked for. Nothing is said without it.</param>
/// <param name="UserName">Who proves.</param>
/// <param name="Password">With what.</param>
/// <param name="ActsAs">For whom.</param>
/// <param name="Trust">Whom to believe; asked once for each connection.</param>
public sealed record MailRoute(
    string Host, IReadOnlyList<IPAddress> Addresses, int Port, ListenerSecurity Security, string UserName, Secret Password, string ActsAs,
    Func<SslClientAuthenticationOptions> Trust)
{
    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>Why the other server could not be had.</summary>
public enum RelayFailure
{
    /// <summary>Nothing listens there, or it hung up.</summary>
    Unreachable,

    TimedOut,

    /// <summary>Its certificate is not trusted or bears another name, or it offers no TLS.</summary>
    NotTrusted,

    /// <summary>It does not take our credential, or has no such mailbox.</summary>
    Refused,

    /// <summary>POP3: another session has the maildrop open.</summary>
    InUse,

    /// <summary>It speaks something else.</summary>
    NotUnderstood,
}

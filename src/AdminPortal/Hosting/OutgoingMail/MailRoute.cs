using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting.OutgoingMail;

/// <summary>How the portal's own mail leaves the house.</summary>
/// <param name="Host">Whose name the certificate must bear.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="Security">How TLS begins.</param>
/// <param name="UserName">Null: the server asks for no sign-in.</param>
/// <param name="Password">Only ever sent over TLS.</param>
/// <param name="ActingFor">The authorization identity (RFC 4616), where a service signs in for a mailbox.</param>
/// <param name="From">The sender.</param>
/// <param name="Timeout">For one attempt.</param>
internal sealed record MailRoute(
    string Host, int Port, ConnectionSecurity Security, string? UserName, string Password, string? ActingFor, string From, TimeSpan Timeout)
{
    // A record would print its password.
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>Knows the way out: from the settings, or in the demonstration to the reference server itself.</summary>
internal interface IMailRoutes
{
    /// <summary>Whether mail is sent at all; where it is not, pages offer a link to hand over instead.</summary>
    bool IsOpen { get; }

    /// <returns>Null where there is none now.</returns>
    Task<MailRoute?> FindAsync(CancellationToken cancellationToken);
}

internal sealed class MailRoutesOfSettings(IOptions<OutgoingMailOptions> options) : IMailRoutes
{
    public bool IsOpen => options.Value.Host is not null;

    public Task<MailRoute?> FindAsync(CancellationToken cancellationToken) => Task.FromResult(options.Value.Route);
}

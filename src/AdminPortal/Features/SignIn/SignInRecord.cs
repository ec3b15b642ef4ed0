using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn;

/// <summary>Writes a person's coming and going to the audit trail of every tenant where the person has a role or a mailbox.</summary>
internal sealed class SignInRecord(PersonTrail trail, Actor actor)
{
    /// <param name="personId">Whose.</param>
    /// <param name="name">How the trail calls the person.</param>
    /// <param name="action">Came or went.</param>
    /// <param name="cancellationToken">Gives up; some trails may have it already.</param>
    /// <param name="vouchedBy">The one tenant that the session is good for: no other is told of it.</param>
    public Task WriteAsync(Guid personId, string name, string action, CancellationToken cancellationToken, Guid? vouchedBy = null)
    {
        actor.Become(ActorKind.User, personId, name);
        return trail.WriteAsync(personId, name, action, cancellationToken, vouchedBy);
    }
}

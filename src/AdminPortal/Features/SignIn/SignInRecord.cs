using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn;

/// <summary>Writes a person's coming and going to the audit trail of every tenant where the person has a role or a mailbox.</summary>
internal sealed class SignInRecord(PersonTrail trail, Actor actor)
{
    public Task WriteAsync(Guid personId, string name, string action, CancellationToken cancellationToken)
    {
        actor.Become(ActorKind.User, personId, name);
        return trail.WriteAsync(personId, name, action, cancellationToken);
    }
}

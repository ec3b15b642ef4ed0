using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn.Reset;

/// <summary>
/// Gives the operator a link that sets a new password, to be handed to its owner: where the portal sends no mail, or its administrator is
/// locked out. Whoever makes it learns no password, and the owner's second factor stays asked for.
/// </summary>
internal abstract partial class ResetCommand(
    UserManager<PortalUser> users, SendResetLink links, PortalDbContext db, Readiness readiness, Actor actor, ILogger<ResetCommand> logger) : ICommand
{
    protected abstract string Name { get; }

    protected abstract string? WhyNot(PortalUser person);

    public async Task<CommandAnswer?> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        arguments is [var text] && MailAddressName.Normalise(text) is { } name ? await HandleAsync(name, cancellationToken) : null;

    private async Task<CommandAnswer> HandleAsync(string name, CancellationToken cancellationToken)
    {
        if (await readiness.ObstacleAsync(cancellationToken) is { } obstacle) return CommandAnswer.NotDone(obstacle);
        if (await users.FindByNameAsync(name) is not { } person) return CommandAnswer.NotDone($"There is nobody by the name {name}.");
        if (WhyNot(person) is { } reason) return CommandAnswer.NotDone(reason);

        actor.Become(ActorKind.System, null, Name);
        var link = await links.MakeAsync(person, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        LogMade(Name, name);
        return CommandAnswer.Done($"This link sets a new password for {name}. It works once, within {SendResetLink.Lasts.TotalMinutes:0} minutes, and is shown this once:\n{link}");
    }

    [LoggerMessage(LogLevel.Information, "The command {Command} made a link to a new password for {Name}.")]
    private partial void LogMade(string command, string name);
}

/// <summary>The command <c>reset-platform-admin NAME</c>: refuses whoever does not administer the platform.</summary>
internal sealed class ResetPlatformAdmin(
    UserManager<PortalUser> users, SendResetLink links, PortalDbContext db, Readiness readiness, Actor actor, ILogger<ResetCommand> logger)
    : ResetCommand(users, links, db, readiness, actor, logger)
{
    public const string Command = "reset-platform-admin";

    protected override string Name => Command;

    protected override string? WhyNot(PortalUser person) => person.IsPlatformAdmin ? null : $"{person.UserName} does not administer the platform.";
}

/// <summary>The command <c>reset-password NAME</c>, for anybody.</summary>
internal sealed class ResetAnybody(
    UserManager<PortalUser> users, SendResetLink links, PortalDbContext db, Readiness readiness, Actor actor, ILogger<ResetCommand> logger)
    : ResetCommand(users, links, db, readiness, actor, logger)
{
    public const string Command = "reset-password";

    protected override string Name => Command;

    protected override string? WhyNot(PortalUser person) => null;
}

using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// The command <c>add-platform-admin NAME</c>, for an installation in which nobody can sign in yet.
/// </summary>
internal sealed partial class AddPlatformAdmin(UserManager<PortalUser> users, Readiness readiness, ILogger<AddPlatformAdmin> logger) : ICommand
{
    public async Task<CommandAnswer?> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        arguments is [var text] && MailAddressName.Normalise(text) is { } name ? await HandleAsync(name, cancellationToken) : null;

    private async Task<CommandAnswer> HandleAsync(string name, CancellationToken cancellationToken)
    {
        if (await readiness.ObstacleAsync(cancellationToken) is { } obstacle) return CommandAnswer.NotDone(obstacle);
        var found = await users.FindByNameAsync(name);
        var person = found ?? new PortalUser { Id = Guid.CreateVersion7(), UserName = name, Email = name };
        var was = person.IsPlatformAdmin;
        person.IsPlatformAdmin = true;
        // Somebody who signs in already keeps the password.
        var password = person.PasswordHash is null ? MailPasswords.Generate() : null;
        var saved = found is null ? await users.CreateAsync(person, password!) : await UpdateAsync(person, password);
        if (!saved.Succeeded) return CommandAnswer.NotDone(string.Join('\n', saved.Errors.Select(error => error.Description)));
        if (!was) LogAdded(name);
        return CommandAnswer.Done(
            $"{name} {(was ? "administered the platform already" : "administers the platform")}.\n"
            + (password is null ? "The password stays as it is." : $"Password, shown this once: {password}"));
    }

    private Task<IdentityResult> UpdateAsync(PortalUser person, string? password) =>
        password is null ? users.UpdateAsync(person) : users.AddPasswordAsync(person, password);

    [LoggerMessage(LogLevel.Information, "{Name} was made a platform administrator by the command add-platform-admin.")]
    private partial void LogAdded(string name);
}

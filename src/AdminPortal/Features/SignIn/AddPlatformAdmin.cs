using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// The command <c>add-platform-admin NAME</c>, for an installation in which nobody can sign in yet. Whoever may start the program with the
/// serving role's connection may give it. It listens nowhere and starts nothing.
/// </summary>
internal sealed partial class AddPlatformAdmin(UserManager<PortalUser> users, Readiness readiness, ILogger<AddPlatformAdmin> logger)
{
    private const string Command = "add-platform-admin";
    private const int Done = 0, NotDone = 1, NotUnderstood = 2;

    /// <summary>Whether the program was started with a command instead of settings alone, such as <c>--Portal:Roles=web</c>.</summary>
    public static bool IsMeantBy(string[] args) => args is [[not ('-' or '/'), ..] word, ..] && !word.Contains('=');

    /// <returns>The process's exit code: 0 done, 1 not done, 2 not understood.</returns>
    public static async Task<int> RunAsync(WebApplication app, string[] args)
    {
        var answer = args is [Command, var text] && MailAddressName.Normalise(text) is { } name
            ? await AnswerAsync(app, name)
            : new(NotUnderstood, $"The one command is: {Command} NAME, where NAME is a mail address, such as you@example.org.");
        await (answer.Code == Done ? Console.Out : Console.Error).WriteLineAsync(answer.Words);
        return answer.Code;
    }

    private static async Task<Answer> AnswerAsync(WebApplication app, string name)
    {
        // Disposed of, so that what is logged stands before the answer.
        await using (app)
        await using (var scope = app.Services.CreateAsyncScope())
            return await scope.ServiceProvider.GetRequiredService<AddPlatformAdmin>().HandleAsync(name, CancellationToken.None);
    }

    private async Task<Answer> HandleAsync(string name, CancellationToken cancellationToken)
    {
        if (await readiness.ObstacleAsync(cancellationToken) is { } obstacle) return new(NotDone, obstacle);
        var found = await users.FindByNameAsync(name);
        var person = found ?? new PortalUser { Id = Guid.CreateVersion7(), UserName = name, Email = name };
        var was = person.IsPlatformAdmin;
        person.IsPlatformAdmin = true;
        // Somebody who signs in already keeps the password.
        var password = person.PasswordHash is null ? MailPasswords.Generate() : null;
        var saved = found is null ? await users.CreateAsync(person, password!) : await UpdateAsync(person, password);
        if (!saved.Succeeded) return new(NotDone, string.Join('\n', saved.Errors.Select(error => error.Description)));
        if (!was) LogAdded(name);
        return new(
            Done,
            $"{name} {(was ? "administered the platform already" : "administers the platform")}.\n"
            + (password is null ? "The password stays as it is." : $"Password, shown this once: {password}"));
    }

    private Task<IdentityResult> UpdateAsync(PortalUser person, string? password) =>
        password is null ? users.UpdateAsync(person) : users.AddPasswordAsync(person, password);

    [LoggerMessage(LogLevel.Information, "{Name} was made a platform administrator by the command add-platform-admin.")]
    private partial void LogAdded(string name);

    /// <param name="Code">The process's exit code.</param>
    /// <param name="Words">For the terminal alone: they may hold the new password.</param>
    private sealed record Answer(int Code, string Words);
}

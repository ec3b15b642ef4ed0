namespace AdminPortal.Hosting;

/// <summary>
/// What the program can be told to do instead of serving: <c>dotnet AdminPortal.dll verify-audit</c>. A command listens nowhere and starts
/// nothing. Whoever may start the program with the serving role's connection may give it.
/// </summary>
internal interface ICommand
{
    /// <returns>Null where the words after the command's name are not understood.</returns>
    Task<CommandAnswer?> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken);
}

/// <param name="Code">The process's exit code: 0 done, 1 not done or not as it should be.</param>
/// <param name="Words">For the terminal alone: they may hold what is shown once.</param>
internal sealed record CommandAnswer(int Code, string Words)
{
    public static CommandAnswer Done(string words) => new(0, words);

    public static CommandAnswer NotDone(string words) => new(1, words);
}

/// <param name="Name">The first word: <c>verify-audit</c>.</param>
/// <param name="Usage">The words that follow it, and what they mean.</param>
/// <param name="Type">Who carries it out.</param>
internal sealed record CommandEntry(string Name, string Usage, Type Type);

internal static class Commands
{
    private const int NotUnderstood = 2;

    public static IServiceCollection AddCommand<T>(this IServiceCollection services, string name, string usage) where T : class, ICommand =>
        services.AddScoped<T>().AddSingleton(new CommandEntry(name, usage, typeof(T)));

    /// <summary>Whether the program was started with a command instead of settings alone, such as <c>--Portal:Roles=web</c>.</summary>
    public static bool IsCommand(string[] args) => args is [[not ('-' or '/'), ..] word, ..] && !word.Contains('=');

    /// <returns>The process's exit code: the answer's, or 2 where no command was understood.</returns>
    public static async Task<int> RunCommandAsync(this WebApplication app, string[] args)
    {
        var entries = app.Services.GetServices<CommandEntry>().ToList();
        var answer = await AnswerAsync(app, entries.Find(entry => entry.Name == args[0]), args[1..])
            ?? new(NotUnderstood, string.Join('\n', entries.Select(entry => $"{entry.Name} {entry.Usage}").Prepend("There are these commands:")));
        await (answer.Code == 0 ? Console.Out : Console.Error).WriteLineAsync(answer.Words);
        return answer.Code;
    }

    private static async Task<CommandAnswer?> AnswerAsync(WebApplication app, CommandEntry? entry, string[] arguments)
    {
        // Disposed of, so that what is logged stands before the answer.
        await using (app)
        await using (var scope = app.Services.CreateAsyncScope())
        {
            if (entry is null) return null;
            var command = (ICommand)scope.ServiceProvider.GetRequiredService(entry.Type);
            return await command.RunAsync(arguments, CancellationToken.None);
        }
    }
}

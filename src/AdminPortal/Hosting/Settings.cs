using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// Options of a room, bound and checked at start. Every wrong setting of every room is told at once, by its name: a value that cannot be
/// read, a name that does not exist, and what the room itself finds wrong.
/// </summary>
internal static class Settings
{
    /// <param name="services">The container.</param>
    /// <param name="section">The configuration section, such as <c>Portal</c>.</param>
    /// <param name="errors">What is wrong with the values, one sentence each, naming the setting; null when anything goes.</param>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section, Func<T, IEnumerable<string>>? errors = null)
        where T : class
    {
        var unreadable = new List<string>();
        services.AddSingleton<IValidateOptions<T>>(new Check<T>(unreadable, errors));
        return services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => Bind(options, configuration.GetSection(section), unreadable))
            .ValidateOnStart();
    }

    /// <summary>The same values before the container exists, for what the registration itself depends on. Unreadable ones keep their default.</summary>
    public static T ReadSettings<T>(this IConfiguration configuration, string section) where T : class, new()
    {
        var options = new T();
        Bind(options, configuration.GetSection(section), []);
        return options;
    }

    // One by one, so that a bad value does not hide the next.
    private static void Bind(object options, IConfigurationSection section, List<string> unreadable)
    {
        unreadable.Clear();
        foreach (var setting in section.GetChildren())
            try
            {
                var alone = setting.AsEnumerable().Select(s => KeyValuePair.Create(s.Key[(section.Path.Length + 1)..], s.Value));
                new ConfigurationBuilder().AddInMemoryCollection(alone).Build().Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
            }
            catch (InvalidOperationException exception)
            {
                unreadable.Add(exception.InnerException is null
                    ? $"{section.Path}:{setting.Key}: there is no such setting."
                    : $"{section.Path}:{setting.Key}: '{setting.Value}' cannot be read. {exception.InnerException.Message}");
            }
    }

    private sealed class Check<T>(List<string> unreadable, Func<T, IEnumerable<string>>? errors) : IValidateOptions<T> where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var wrong = unreadable.Concat(errors?.Invoke(options) ?? []).ToList();
            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }
    }
}

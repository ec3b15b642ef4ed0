using System.Text.RegularExpressions;
using Xunit;

namespace AdminPortal.Tests.Workshop;

/// <summary>What no file of the repository holds, and how all of them are laid out.</summary>
public sealed partial class RepositoryTests
{
    [Fact]
    public async Task Every_file_is_formatted_as_the_editor_settings_say()
    {
        var (exitCode, output) = await Repository.RunAsync(
            "dotnet", "format", "whitespace", "--folder", "--verify-no-changes", "--include", "src", "migrations", "tests");

        Assert.True(exitCode == 0, $"Run: dotnet format whitespace --folder --include src migrations tests\n{output}");
    }

    [Fact]
    public async Task No_file_names_a_folder_of_the_machine_it_was_written_on_a_package_registry_or_work_left_undone()
    {
        var (exitCode, output) = await Repository.RunAsync("git", "ls-files");
        Assert.SkipWhen(exitCode != 0, "These sources lie in no git repository.");
        var files = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var found = files
            .Where(file => !file.EndsWith($"/{nameof(RepositoryTests)}.cs", StringComparison.Ordinal))
            .Where(file => File.Exists(Path.Combine(Repository.Root, file)))
            .SelectMany(Undesired)
            .ToArray();

        Assert.NotEmpty(files);
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    [Fact]
    public void No_page_writes_text_that_is_not_encoded()
    {
        var source = Path.Combine(Repository.Root, "src", "AdminPortal");
        var pages = Directory.EnumerateFiles(source, "*.cs*", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(source, file).StartsWith("obj", StringComparison.Ordinal) && !Path.GetRelativePath(source, file).StartsWith("bin", StringComparison.Ordinal))
            .ToList();

        Assert.Contains(pages, file => file.EndsWith(".cshtml", StringComparison.Ordinal));
        Assert.DoesNotContain(pages, file => File.ReadAllText(file).Contains("Html.Raw", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("see /root/portal/run")]
    [InlineData("\"resolved\": \"https://packages.example/htmx.org\"")]
    [InlineData("// TODO: later")]
    [InlineData("throw new NotImplementedException();")]
    public void Each_of_them_is_noticed(string line) => Assert.Matches(UndesiredText(), line);

    private static IEnumerable<string> Undesired(string file) =>
        File.ReadLines(Path.Combine(Repository.Root, file))
            .Select((line, index) => (line, number: index + 1))
            .Where(each => UndesiredText().IsMatch(each.line) || each.line.Contains(Repository.Root, StringComparison.Ordinal))
            .Select(each => $"{file}:{each.number}: {each.line.Trim()}");

    [GeneratedRegex(@"(?<![\w.])/(root|work|Users)/\w|""resolved"": ""https?:|\b(TODO|FIXME|NotImplementedException)\b")]
    private static partial Regex UndesiredText();
}

using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace AdminPortal.Tests.Workshop;

/// <summary>
/// Every room's texts are whole: both languages have the same keys, every key is used, every used key is there. Read from the sources, so
/// that a page nobody opens in a test is held to it too.
/// </summary>
public sealed partial class TextTests
{
    private static readonly string Portal = Path.Combine(RepositoryRoot(), "src", "AdminPortal");
    private static readonly string Shared = Path.Combine(Portal, "Features", "Shared");

    public static TheoryData<string> Texts() => new(Directory.EnumerateFiles(Portal, "Text*.resx", SearchOption.AllDirectories)
        .Where(file => !IsBuilt(file) && Path.GetFileNameWithoutExtension(file).Count(c => c == '.') == 0)
        .Select(file => Path.GetRelativePath(Portal, file)).Order());

    [Theory, MemberData(nameof(Texts))]
    public void French_has_the_keys_of_English_and_no_others(string text)
    {
        var english = Read(text);
        var french = Read(French(text));

        Assert.Equal([], english.Keys.Except(french.Keys));
        Assert.Equal([], french.Keys.Except(english.Keys));
    }

    [Theory, MemberData(nameof(Texts))]
    public void No_text_is_empty_and_both_languages_fill_in_the_same_places(string text)
    {
        var french = Read(French(text));
        foreach (var (key, english) in Read(text))
        {
            Assert.False(string.IsNullOrWhiteSpace(english), key);
            Assert.False(string.IsNullOrWhiteSpace(french[key]), key);
            // A singular may say "one" in words where the other language writes the number.
            if (!key.EndsWith("_One", StringComparison.Ordinal))
                Assert.True(Places(english).SetEquals(Places(french[key])), $"{key}: {english} / {french[key]}");
        }
    }

    [Theory, MemberData(nameof(Texts))]
    public void French_is_set_as_French_is_set(string text)
    {
        var wrong = Read(French(text)).Where(entry => BadFrenchTypography().IsMatch(entry.Value)).Select(entry => $"{entry.Key}: {entry.Value}");
        Assert.Equal([], wrong);
    }

    [Theory, MemberData(nameof(Texts))]
    public void Every_key_is_used(string text)
    {
        var room = Path.GetDirectoryName(Path.Combine(Portal, text))!;
        var words = Words(room == Shared ? Portal : room);
        var unused = Read(text).Keys.Where(key => !words.Name(key));
        Assert.Equal([], unused);
    }

    public static TheoryData<string> Rooms() => new(Directory.EnumerateDirectories(Path.Combine(Portal, "Features")).Select(room => Path.GetFileName(room)).Order());

    [Theory, MemberData(nameof(Rooms))]
    public void Every_used_key_is_there(string room)
    {
        var shared = KeysIn(Shared);
        var own = KeysIn(Path.Combine(Portal, "Features", room));
        var missing = new List<string>();
        foreach (var file in Sources(Path.Combine(Portal, "Features", room)))
            foreach (Match use in Use().Matches(Code(file)))
            {
                var keys = use.Groups["texts"].Value == "S" ? shared : use.Groups["texts"].Value == "T" ? own : [.. shared, .. own];
                var wanted = use.Groups["count"].Success ? new[] { use.Groups["key"].Value + "_One", use.Groups["key"].Value + "_Other" } : [use.Groups["key"].Value];
                missing.AddRange(wanted.Where(key => !keys.Contains(key)).Select(key => $"{Path.GetFileName(file)}: {use.Groups["texts"].Value}[{key}]"));
            }
        Assert.Equal([], missing);
    }

    [Fact]
    public void Every_key_that_a_form_or_the_rail_names_is_there()
    {
        var missing = new List<string>();
        foreach (var file in Sources(Portal).Where(file => file.EndsWith(".cs", StringComparison.Ordinal)))
            foreach (Match use in NamedInPassing().Matches(Code(file)))
                if (!KeysIn(Path.GetDirectoryName(file)!).Contains(use.Groups["key"].Value) && !KeysIn(Shared).Contains(use.Groups["key"].Value))
                    missing.Add($"{Path.GetFileName(file)}: {use.Groups["key"].Value}");
        Assert.Equal([], missing);
    }

    private static Dictionary<string, string> Read(string text) =>
        XDocument.Load(Path.Combine(Portal, text)).Root!.Elements("data").ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value);

    private static string French(string text) => Path.ChangeExtension(text, ".fr.resx");

    private static HashSet<string> KeysIn(string room) =>
        [.. Directory.EnumerateFiles(room, "Text*.resx", SearchOption.AllDirectories).SelectMany(file => Read(file).Keys)];

    private static HashSet<string> Places(string text) => [.. Place().Matches(text).Select(place => place.Value)];

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories).Where(file => !IsBuilt(file) && Path.GetExtension(file) is ".cs" or ".cshtml");

    private static string Code(string file) => CommentLine().Replace(File.ReadAllText(file), "");

    private static bool IsBuilt(string file) =>
        Path.GetRelativePath(Portal, file).Split(Path.DirectorySeparatorChar)[0] is "bin" or "obj";

    private static SourceWords Words(string folder) => new(string.Join('\n', Sources(folder).Select(Code)));

    internal static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AdminPortal.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("AdminPortal.sln is in no folder above the tests.");
        return folder.FullName;
    }

    /// <summary>The strings of a room's sources: plain ones, counted ones, and those put together, such as <c>$"Nav{section}"</c>.</summary>
    private sealed class SourceWords(string source)
    {
        private readonly HashSet<string> plain = [.. Quoted().Matches(source).Select(match => match.Groups["word"].Value)];
        private readonly HashSet<string> counted = [.. Counted().Matches(source).Select(match => match.Groups["key"].Value)];

        private readonly Regex[] composed = [.. Composed().Matches(source)
            .Select(match => new Regex($"^{Regex.Replace(match.Groups["pattern"].Value, @"\{[^}]*\}", ".+")}$"))];

        public bool Name(string key) => plain.Contains(key) || IsCounted(key) || composed.Any(pattern => pattern.IsMatch(key));

        private bool IsCounted(string key) => key.LastIndexOf('_') is var end and > 0 && key[end..] is "_One" or "_Other" && counted.Concat(plain).Contains(key[..end]);
    }

    [GeneratedRegex("""\b(?<texts>[TS]|texts|shared|Shared)(\[|(?<count>\.Count\())"(?<key>\w+)["]""")]
    private static partial Regex Use();

    [GeneratedRegex(@"^\s*//[^\n]*$|@\*.*?\*@", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CommentLine();

    [GeneratedRegex("""(\bDisplay\(Name = |ErrorMessage = |\bShared\[|AddNavigation<Text>\([^"]*"[^"]*", )"(?<key>\w+)["]""")]
    private static partial Regex NamedInPassing();

    [GeneratedRegex("""(?<!\$)"(?<word>\w+)["]""")]
    private static partial Regex Quoted();

    [GeneratedRegex("""\bCount\((?:[^"()]*\? )?"(?<key>\w+)["]""")]
    private static partial Regex Counted();

    // At least three letters stand before the first hole: a pattern that fits everything would say that everything is used.
    [GeneratedRegex("""\$"(?<pattern>[A-Za-z]{3,}\{[^}"]*\}\w*)["]""")]
    private static partial Regex Composed();

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Place();

    // A straight apostrophe or quotation mark; ; ! ? without the narrow no-break space, : without the no-break space (not in a time, an
    // address or after a slash); guillemets without theirs.
    [GeneratedRegex("""['"]|[^\u202F;!?][;!?](\s|$)|[^\u00A0]:(\s|$)|«[^\u00A0]|[^\u00A0]»""")]
    private static partial Regex BadFrenchTypography();
}

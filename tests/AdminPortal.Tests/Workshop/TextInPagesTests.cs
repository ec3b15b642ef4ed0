using System.Text.RegularExpressions;
using Xunit;

namespace AdminPortal.Tests.Workshop;

/// <summary>
/// No page speaks one language only: what a reader sees comes from resources. A heuristic that reads the page's source: what is left
/// between tags, and in the attributes that are read out, after code is taken away, may hold no words but names.
/// </summary>
public sealed partial class TextInPagesTests
{
    private static readonly string[] Names = ["AdminPortal", "POP3", "IMAP4", "IMAP", "SMTP", "SSL/TLS", "STARTTLS", "CSV", "API"];

    public static TheoryData<string> Pages() => new(Directory
        .EnumerateFiles(Path.Combine(TextTests.RepositoryRoot(), "src", "AdminPortal", "Features"), "*.cshtml", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(TextTests.RepositoryRoot(), file)).Order());

    [Theory, MemberData(nameof(Pages))]
    public void A_page_holds_no_words_of_its_own(string page) =>
        Assert.Equal([], WordsIn(File.ReadAllText(Path.Combine(TextTests.RepositoryRoot(), page))));

    [Theory]
    [InlineData("<p>Hello</p>", "Hello")]
    [InlineData("<p>\n    Two lines\n    of words\n</p>", "Two lines of words")]
    [InlineData("<p>@T[\"A\"] and @Model.Name (of @T[\"B\", 3])</p>", "and (of )")]
    [InlineData("@if (x)\n{\n    <b>Yes</b>\n}\nelse\n{\n    <b>No</b>\n}", "Yes", "No")]
    [InlineData("<input placeholder=\"Your name\" class=\"big blue\" />", "Your name")]
    [InlineData("<p>@(a > b ? T[\"A\"] : T[\"B\"]) done</p>", "done")]
    public void Words_are_found(string page, params string[] words) => Assert.Equal(words, WordsIn(page));

    [Theory]
    [InlineData("@page \"/x\"\n@model XModel\n@* A comment <p>with words</p> *@\n@{\n    var here = $\"{a}<b\";\n}\n<p>@T[\"A\"]: @Model.Count(x => x.Y > 3) · 12</p>")]
    [InlineData("@foreach (var x in Model.All.Where(y => y.Is > 2))\n{\n    var z = x.Other;\n    if (z is null)\n    {\n        continue;\n    }\n    <li aria-label=\"@T[\"A\"]\">@x.Name</li>\n}")]
    [InlineData("<p>POP3 · <a href=\"/a\" title=\"@T[\"A\", b]\">@T[\"B\"]</a> · IMAP4</p>")]
    [InlineData("@switch (x)\n{\n    case 1:\n        <b>@T[\"A\"]</b>\n        break;\n    default:\n        <b>@T[\"B\"]</b>\n        break;\n}")]
    public void Code_and_names_are_no_words(string page) => Assert.Equal([], WordsIn(page));

    private static List<string> WordsIn(string page)
    {
        var markup = WithoutExpressions(WithoutBlocks(Comment().Replace(page, "")));
        var spoken = SpokenAttribute().Matches(markup).Select(attribute => attribute.Groups["text"].Value);
        var between = Tag().Replace(markup, "\u0001").Split('\u0001').Select(WithoutCodeLines);
        return [.. between.Concat(spoken).Select(WithoutNames).Where(text => Letters().IsMatch(text)).Select(text => Space().Replace(text, " ").Trim())];
    }

    private static string WithoutNames(string text) => Names.Aggregate(text, (left, name) => left.Replace(name, "", StringComparison.Ordinal));

    /// <summary>Takes away <c>@{ … }</c> and <c>@functions { … }</c>.</summary>
    private static string WithoutBlocks(string page)
    {
        while (BlockStart().Match(page) is { Success: true } start)
            page = page.Remove(start.Index, End(page, start.Index + start.Length - 1) - start.Index);
        return page;
    }

    /// <summary>Takes away <c>@a.B["c"](d)</c>, <c>@(…)</c> and the heads of <c>@if (…)</c> and its like.</summary>
    private static string WithoutExpressions(string page)
    {
        while (ExpressionStart().Match(page) is { Success: true } start)
        {
            var end = start.Index + start.Length;
            while (end < page.Length && (page[end] is '(' or '[' || Member().Match(page, end) is { Success: true, Length: > 0 }))
                end = page[end] is '(' or '[' ? End(page, end) : end + Member().Match(page, end).Length;
            page = page.Remove(start.Index, end - start.Index);
        }
        return page;
    }

    /// <summary>Where the bracket at <paramref name="open"/> is closed, strings passed over.</summary>
    private static int End(string page, int open)
    {
        var depth = 0;
        for (var at = open; at < page.Length; at++)
        {
            if (page[at] == '"')
                at = page.IndexOf('"', at + 1) is var quote and >= 0 ? quote : page.Length;
            else if (page[at] is '(' or '[' or '{')
                depth++;
            else if (page[at] is ')' or ']' or '}' && --depth == 0)
                return at + 1;
        }
        return page.Length;
    }

    // Between the tags of a block of code stand the block's own lines.
    private static string WithoutCodeLines(string text) =>
        string.Join('\n', text.Split('\n').Where(line => !CodeLine().IsMatch(line)));

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"@(functions\s*)?\{")]
    private static partial Regex BlockStart();

    [GeneratedRegex(@"@(await )?(?=\()|@(if|foreach|for|while|switch|using|lock) ?(?=\()|@(page|model|inject|using|namespace|addTagHelper|layout|attribute|implements|inherits|section)\b.*|@(await )?[A-Za-z_]\w*")]
    private static partial Regex ExpressionStart();

    [GeneratedRegex(@"\G(\??\.\w+|!(?=\.)|<\w+>(?=\())")]
    private static partial Regex Member();

    [GeneratedRegex("""<(/?[A-Za-z!][^<>"]*("[^"]*"[^<>"]*)*)>""")]
    private static partial Regex Tag();

    [GeneratedRegex("""\s(placeholder|title|aria-label|alt|label|hint|never|subject|decided-by|value-text)="(?<text>[^"]*)["]""")]
    private static partial Regex SpokenAttribute();

    [GeneratedRegex(@"^\s*([{}].*|.*;\s*|else.*|(if|foreach|for|while|switch) ?\(.*|case .*:|default:|\.\w+\(.*)$")]
    private static partial Regex CodeLine();

    [GeneratedRegex(@"\p{L}{2,}")]
    private static partial Regex Letters();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}

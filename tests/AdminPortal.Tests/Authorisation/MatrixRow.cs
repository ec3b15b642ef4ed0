using System.Text.RegularExpressions;
using AdminPortal.Tests.Workshop;

namespace AdminPortal.Tests.Authorisation;

/// <summary>Who asks, besides nobody.</summary>
public enum Caller
{
    PlatformAdmin,
    TenantAdmin,
    Helpdesk,
    Auditor,
    MailboxOwner,
    ForeignAdmin,
}

/// <summary>One line of matrix.txt, which says at its top what the columns mean.</summary>
/// <param name="Method">GET, POST …</param>
/// <param name="Route">The route's template, with what is sent in the query.</param>
/// <param name="Scope">What a token needs; <c>-</c> for what is no route of the API.</param>
/// <param name="Nobody">The answer to whoever has no credential that is any good.</param>
/// <param name="Narrow">The answer to a token that has every scope but this one.</param>
/// <param name="Answers">The answer to each caller about an object of the tenant.</param>
/// <param name="Else">The answer about a foreign and about a missing object; null where the route is about none.</param>
/// <param name="Sends">The body, with placeholders.</param>
internal sealed partial record MatrixRow(
    string Method, string Route, string Scope, int Nobody, int? Narrow, IReadOnlyDictionary<Caller, int> Answers, int? Else, string Sends)
{
    public const string File = "tests/AdminPortal.Tests/Authorisation/matrix.txt";

    public static IReadOnlyList<MatrixRow> All { get; } =
        [.. System.IO.File.ReadAllLines(Path.Combine(Repository.Root, File)).Where(line => line.Length > 0 && line[0] != '#').Select(Read)];

    /// <summary>The route, or the handler of a page, that the row is about; several rows may be about one: <c>POST /t/{tenant}/operations/{operation}?handler=undo</c>.</summary>
    public string Key => $"{Method} {Template}{(Handler().Match(Route) is { Success: true } handler ? $"?{handler.Value}" : "")}";

    /// <summary>The template without a query.</summary>
    public string Template => Query().Split(Route)[0].Replace(":id}", "}", StringComparison.Ordinal);

    public bool IsApi => Route.StartsWith("/api/", StringComparison.Ordinal);

    public bool IsOfTenant => Route.Contains("{tenant}", StringComparison.Ordinal);

    /// <summary>For everybody, signed in or not.</summary>
    public bool IsOpen => !IsApi && Narrow != 403;

    public bool Allows(Caller caller) => Answers[caller] is not (403 or 404);

    public bool IsSafe => Method is "GET";

    /// <summary>What the row is asked about: its own objects, a foreign one, a missing one.</summary>
    public IEnumerable<string> KindsAsked => Kinds().Matches(Route + Sends).Select(m => m.Groups["kind"].Value).Except(["tenant", "new", "at", "name", "organisation", "protocol", "documentName"]).Distinct();

    /// <summary>What it speaks of besides, always the tenant's own.</summary>
    public IEnumerable<string> KindsOfOurs => KindsOfOursIn().Matches(Sends).Select(m => m.Groups["kind"].Value).Distinct();

    /// <summary>Written <c>{mailbox:id}</c>: a name does not belong there.</summary>
    public bool NamesById(string kind) => (Route + Sends).Contains($"{{{kind}:id}}", StringComparison.Ordinal);

    public static MatrixRow Of(string name) => All.Single(row => row.ToString() == name);

    public override string ToString() => $"{Method} {Route}";

    private static MatrixRow Read(string line)
    {
        var words = line.Split([' ', '|'], 13, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 12) throw new FormatException($"{File}: a line needs twelve columns before what is sent: {line}");
        var answers = Enum.GetValues<Caller>().ToDictionary(caller => caller, caller => int.Parse(words[5 + (int)caller]));
        return new(
            words[0], words[1], words[2], int.Parse(words[3]), words[4] == "-" ? null : int.Parse(words[4]), answers,
            words[11] == "-" ? null : int.Parse(words[11]), words.ElementAtOrDefault(12)?.Trim() ?? "");
    }

    [GeneratedRegex(@"\?(?!\})")]
    private static partial Regex Query();

    [GeneratedRegex("handler=[a-z]+")]
    private static partial Regex Handler();

    [GeneratedRegex(@"\{(?<kind>[a-zA-Z]+)(:id)?\}")]
    private static partial Regex Kinds();

    [GeneratedRegex(@"\{our\.(?<kind>[a-zA-Z]+)\}")]
    private static partial Regex KindsOfOursIn();
}

using System.Text.RegularExpressions;

namespace AdminPortal.Tests.Workshop;

/// <summary>
/// Who may import whom. Left: where a file lies (the longest match counts). Right: the rooms and libraries that it may name beside its own
/// room. Names that no line below knows, such as System's, are free.
/// </summary>
internal static partial class ImportRules
{
    private const string Rules = """
        migrations                            ──► Data, EF Core, Npgsql, Identity and keys
        src/AdminPortal/Program.cs            ──► everything
        src/AdminPortal/Features              ──► Features/Shared, Data, Jobs, Hosting, EF Core, Npgsql, ASP.NET Core, Identity and keys, MimeKit
        src/AdminPortal/Features/MailHosting  ──► MailServer, Features/Shared, Data, Jobs, Hosting, EF Core, Npgsql, ASP.NET Core, MimeKit
        src/AdminPortal/Features/Connectivity ──► MailKit, Features/Shared, Data, Jobs, Hosting, EF Core, Npgsql, ASP.NET Core, MimeKit
        src/AdminPortal/Features/_View        ──► everything
        src/AdminPortal/Hosting               ──► Data, EF Core, Npgsql, ASP.NET Core, Identity and keys, MimeKit
        src/AdminPortal/Hosting/OutgoingMail  ──► MailKit, Data, EF Core, Npgsql, ASP.NET Core, MimeKit
        src/AdminPortal/Jobs                  ──► Data, EF Core, Npgsql, ASP.NET Core
        src/AdminPortal/Data                  ──► EF Core, Npgsql, Identity and keys
        src/AdminPortal/Demo                  ──► Data, Hosting, Features/*, EF Core, Npgsql, ASP.NET Core, Identity and keys, MimeKit
        src/MailServer                        ──► MailServer/*, ASP.NET Core, MimeKit
        src/MailServer/Wire                   ──► MailServer, ASP.NET Core
        src/MailServer/Relay                  ──► MailServer, MailServer/Wire, ASP.NET Core
        src/MailServer/Sasl                   ──► MailServer, MailServer/Wire, MailServer/Relay, ASP.NET Core
        src/MailServer/Imap                   ──► MailServer, MailServer/Wire, MailServer/Sasl, ASP.NET Core, MimeKit
        src/MailServer/Pop3                   ──► MailServer, MailServer/Wire, MailServer/Sasl, ASP.NET Core, MimeKit
        src/MailServer/Submission             ──► MailServer, MailServer/Wire, MailServer/Sasl, ASP.NET Core, MimeKit
        src/MailServer/Memory                 ──► MailServer, MailServer/Wire, MailServer/Sasl, ASP.NET Core, MimeKit
        src/LocalPostgres                     ──► Npgsql
        """;

    // The first that fits. What the Web SDK imports without a line in the file is known by its best-known types.
    private static readonly (string Name, string Pattern)[] Known =
    [
        ("Identity and keys", @"Microsoft\.AspNetCore\.(Identity|DataProtection)"),
        ("ASP.NET Core", @"Microsoft\.AspNetCore|HttpContext|IHttpContextAccessor|WebApplication|IApplicationBuilder|IEndpointRouteBuilder|TypedResults|IResult"),
        ("EF Core", @"Microsoft\.EntityFrameworkCore"),
        ("Npgsql", "Npgsql|NpgsqlTypes"),
        ("MailKit", "MailKit"),
        ("MimeKit", "MimeKit"),
        ("Migrations", @"AdminPortal\.Migrations"),
        ("LocalPostgres", @"AdminPortal\.LocalPostgres"),
    ];

    private static readonly (string Place, string[] Allowed)[] Table = [.. Rules.Split('\n')
        .Select(line => line.Split("──►", StringSplitOptions.TrimEntries))
        .Select(sides => (sides[0], sides[1].Split(", ")))
        .OrderByDescending(rule => rule.Item1.Length)];

    /// <summary>Every forbidden import of one file, each with its line.</summary>
    /// <param name="path">From the repository's root.</param>
    /// <param name="text">What the file holds.</param>
    /// <param name="rooms">
    /// Where a name such as MailAccess.SetMailAccess leads. Rooms beside each other share a parent namespace and see each other without a
    /// using line.
    /// </param>
    public static IEnumerable<string> Violations(string path, string text, IReadOnlyDictionary<string, string> rooms)
    {
        // A room that the table does not know may import nothing, until somebody says here what it is for.
        var allowed = Table.FirstOrDefault(rule => path.StartsWith(rule.Place, StringComparison.Ordinal)).Allowed ?? [];
        var lines = text.Split('\n');
        return
            from number in Enumerable.Range(0, lines.Length)
            from name in Names(lines[number], rooms)
            let room = RoomOf(name)
            where room is not null && room != RoomAt(path) && !allowed.Any(each => Covers(each, room))
            select $"{path}:{number + 1} imports {name}; it may import {string.Join(", ", allowed)}";
    }

    private static IEnumerable<string> Names(string line, IReadOnlyDictionary<string, string> rooms)
    {
        if (line.TrimStart() is ['/', '/', ..] or ['*', ..] || line.Contains("namespace ", StringComparison.Ordinal))
            yield break;
        var code = Literal().Replace(line, "\"\"");
        if (UsingLine().Match(code) is { Success: true } directive)
        {
            yield return directive.Groups[1].Value;
            yield break;
        }

        foreach (Match name in DottedName().Matches(code))
            yield return rooms.GetValueOrDefault(name.Groups[1].Value, name.Value);
    }

    private static string? RoomOf(string name)
    {
        foreach (var (known, pattern) in Known)
            if (Regex.IsMatch(name, $@"^({pattern})(\.|$)"))
                return known;
        return OwnRoom().Match(name) is { Success: true } own ? own.Groups[1].Value.Replace('.', '/') : null;
    }

    private static string RoomAt(string path) =>
        path.StartsWith("src/LocalPostgres/", StringComparison.Ordinal) ? "LocalPostgres"
        : path.StartsWith("migrations/", StringComparison.Ordinal) ? "Migrations"
        : RoomOf(Path.GetDirectoryName(path)!
            .Replace("src/MailServer", "AdminPortal.MailServer", StringComparison.Ordinal)
            .Replace("src/AdminPortal", "AdminPortal", StringComparison.Ordinal)
            .Replace('/', '.')) ?? "AdminPortal";

    private static bool Covers(string allowed, string room) =>
        allowed == "everything" || allowed == room
        || (allowed.EndsWith("/*", StringComparison.Ordinal) && room.StartsWith(allowed[..^1], StringComparison.Ordinal));

    [GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"^\s*(?:global\s+)?@?using\s+(?:static\s+)?(?:\w+\s*=\s*)?([A-Z][\w.]*)\s*;?\s*$")]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*(?:\.\w+)?)(?:\.\w+)*")]
    private static partial Regex DottedName();

    [GeneratedRegex(@"^AdminPortal\.((?:Features|MailServer)\.(?:[A-Z]\w*)|MailServer|Data|Jobs|Hosting|Demo)(\.|$)")]
    private static partial Regex OwnRoom();
}

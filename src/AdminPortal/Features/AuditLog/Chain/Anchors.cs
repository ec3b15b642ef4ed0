using System.Globalization;
using System.Text.RegularExpressions;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>
/// Heads of chains as they are kept elsewhere, one a line: <c>2026-11-24T09:00:00Z contoso 1234 HASH</c>. Whatever else stands in a line,
/// or in the file, is passed over, so that a copied answer or a log will do.
/// </summary>
internal static partial class Anchors
{
    public static string Line(string tenant, ChainHead head) =>
        string.Create(CultureInfo.InvariantCulture, $"{head.At.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} {tenant} {head.Seal} {head.Hash}");

    public static ILookup<string, ChainHead> Read(IEnumerable<string> lines) => lines
        .Select(line => Head().Match(line)).Where(found => found.Success)
        .ToLookup(
            found => found.Groups["tenant"].Value,
            found => new ChainHead(
                long.Parse(found.Groups["seal"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture),
                found.Groups["hash"].Value,
                DateTimeOffset.Parse(found.Groups["at"].ValueSpan, CultureInfo.InvariantCulture)));

    [GeneratedRegex(@"(?<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (?<tenant>[a-z0-9-]+) (?<seal>\d{1,18}) (?<hash>[0-9a-f]{64})", RegexOptions.NonBacktracking)]
    private static partial Regex Head();
}

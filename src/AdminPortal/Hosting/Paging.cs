using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AdminPortal.Hosting;

/// <summary>One page of a list; <paramref name="Next"/> is the cursor of the following page, null on the last.</summary>
internal sealed record PageOf<T>(IReadOnlyList<T> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next) : IPage
{
    /// <summary>Cuts a page from rows of which one more than the page's size was asked for.</summary>
    /// <param name="rows">At most <c>limit + 1</c> rows in order.</param>
    /// <param name="limit">The page's size.</param>
    /// <param name="answer">How a row is shown.</param>
    /// <param name="positionOf">Where the next page begins: the sort key and id of the last row shown.</param>
    public static PageOf<T> Cut<TRow, TPosition>(IReadOnlyList<TRow> rows, int limit, Func<TRow, T> answer, Func<TRow, TPosition> positionOf)
    {
        var shown = rows.Take(limit).ToList();
        return new([.. shown.Select(answer)], rows.Count > limit ? Cursor.Encode(positionOf(shown[^1])) : null);
    }
}

internal interface IPage
{
    string? Next { get; }
}

/// <summary>
/// <c>?limit=50&amp;cursor=…</c>, taken by a handler as <c>[AsParameters] ListQuery query</c>. A limit that is no number from 1 to 500, and a
/// cursor that this portal did not write, are a 400.
/// </summary>
internal readonly record struct ListQuery(PageSize? Limit, Cursor? Cursor)
{
    public int Size => (Limit ?? PageSize.Default).Rows;
}

/// <summary>How many rows a page has: 1 to 500, 50 where nothing is said.</summary>
internal readonly record struct PageSize(int Rows)
{
    public const int Most = 500;
    public static readonly PageSize Default = new(50);

    public static bool TryParse(string? text, IFormatProvider? _, out PageSize size)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows);
        size = new(rows);
        return isNumber && rows is >= 1 and <= Most;
    }
}

/// <summary>
/// An opaque place in a list: a sort key and an id, as base64url of JSON with a checksum, so that a cut or altered cursor is noticed. It is
/// no secret and grants nothing: the wall between tenants stands behind every query.
/// </summary>
internal sealed class Cursor
{
    private const int ChecksumLength = 4;
    private readonly byte[] json;

    private Cursor(byte[] json) => this.json = json;

    public static string Encode<TPosition>(TPosition position)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(position);
        return Base64Url.EncodeToString([.. Checksum(json), .. json]);
    }

    public static bool TryParse(string? text, IFormatProvider? _, out Cursor cursor)
    {
        cursor = new([]);
        if (string.IsNullOrEmpty(text) || text.Length > 2_048 || !Base64Url.IsValid(text)) return false;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= ChecksumLength || !Checksum(bytes[ChecksumLength..]).SequenceEqual(bytes[..ChecksumLength])) return false;
        cursor = new(bytes[ChecksumLength..]);
        return true;
    }

    /// <exception cref="BadHttpRequestException">The cursor belongs to another list; answered as a 400.</exception>
    public TPosition Read<TPosition>()
    {
        try
        {
            return JsonSerializer.Deserialize<TPosition>(json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new BadHttpRequestException("The cursor belongs to another list.");
        }
    }

    private static byte[] Checksum(byte[] json) => SHA256.HashData(json)[..ChecksumLength];
}

/// <summary>Puts <c>Link: …; rel="next"</c> (RFC 8288) beside the cursor in the body.</summary>
internal sealed class LinkToNextPage : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var result = await next(call);
        if ((result as IPage ?? (result as IValueHttpResult)?.Value as IPage) is { Next: { } cursor })
            call.HttpContext.Response.Headers.Append("Link", $"<{Address(call.HttpContext.Request, cursor)}>; rel=\"next\"");
        return result;
    }

    private static string Address(HttpRequest request, string cursor)
    {
        var others = request.Query.Where(q => !q.Key.Equals("cursor", StringComparison.OrdinalIgnoreCase));
        return $"{request.PathBase}{request.Path}{QueryString.Create(others.Append(new("cursor", cursor)))}";
    }
}

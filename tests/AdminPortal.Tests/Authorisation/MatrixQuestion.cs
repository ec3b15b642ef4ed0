using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace AdminPortal.Tests.Authorisation;

/// <summary>A row of the matrix as the request that a program or a browser would send.</summary>
internal static class MatrixQuestion
{
    /// <param name="row">What is asked.</param>
    /// <param name="address">The route with everything filled in.</param>
    /// <param name="sends">The body with everything filled in.</param>
    /// <param name="antiforgery">A session's token against forged requests, as a field of a form or as a header; null for none.</param>
    public static HttpRequestMessage Of(MatrixRow row, string address, string sends, string? antiforgery)
    {
        var request = new HttpRequestMessage(new(row.Method), address);
        if (row.Method is "PUT" or "PATCH" or "DELETE") request.Headers.TryAddWithoutValidation("If-Match", "*");
        if (!row.IsApi) request.Headers.Accept.Add(new("text/html"));
        if (row.IsSafe) return request;

        if (row.IsApi && antiforgery is not null) request.Headers.Add("RequestVerificationToken", antiforgery);
        request.Content = row.IsApi ? OfProgram(row, sends) : OfForm(sends, antiforgery);
        return request;
    }

    private static StringContent? OfProgram(MatrixRow row, string sends) => sends switch
    {
        "" => null,
        _ when sends.StartsWith("csv:", StringComparison.Ordinal) => Text(Lines(sends), "text/csv"),
        _ => Text(sends, row.Method == "PATCH" ? "application/merge-patch+json" : "application/json"),
    };

    private static MultipartFormDataContent OfForm(string sends, string? antiforgery)
    {
        var form = new MultipartFormDataContent();
        if (antiforgery is not null) form.Add(new StringContent(antiforgery), "__RequestVerificationToken");
        if (sends.StartsWith("file:", StringComparison.Ordinal)) form.Add(Text(Lines(sends), "text/csv"), "file", "mailboxes.csv");
        else
            foreach (var (field, values) in QueryHelpers.ParseQuery(sends))
                foreach (var value in values)
                    form.Add(new StringContent(value!), field);
        return form;
    }

    private static string Lines(string sends) => sends.Split(':', 2)[1].Replace(';', '\n');

    private static StringContent Text(string text, string mediaType) => new(text, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
}

/// <param name="Status">The status code.</param>
/// <param name="Location">Where it leads, as far as it does.</param>
/// <param name="Headers">All headers that say something about the answer.</param>
/// <param name="Body">What it says.</param>
internal sealed partial record MatrixAnswer(int Status, string? Location, string Headers, string Body)
{
    /// <summary>To be compared byte for byte: without what differs from request to request, and without what the caller wrote.</summary>
    /// <param name="address">What the caller asked for.</param>
    public string Bare(IEnumerable<string> address)
    {
        var body = TimeAgo().Replace(TraceId().Replace(Antiforgery().Replace(Body, ""), ""), "");
        foreach (var word in address) body = body.Replace(word, "…", StringComparison.OrdinalIgnoreCase).Replace(Uri.EscapeDataString(word), "…", StringComparison.OrdinalIgnoreCase);
        return $"{Status}\n{Headers}\n\n{body}";
    }

    [GeneratedRegex("""(?<=name="__RequestVerificationToken" type="hidden" value=")[^"]+|(?<="antiforgery": ?")[^"]+""")]
    private static partial Regex Antiforgery();

    // "a minute ago" becomes two.
    [GeneratedRegex("(?<=<time[^>]*>)[^<]*(?=</time>)")]
    private static partial Regex TimeAgo();

    [GeneratedRegex("""(?<="traceId":")[^"]+""")]
    private static partial Regex TraceId();
}

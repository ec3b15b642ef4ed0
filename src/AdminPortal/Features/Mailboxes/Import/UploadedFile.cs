using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>The file of a request as it streams in: the body itself, or the first file of a form.</summary>
internal sealed record UploadedFile(string Name, Stream Content)
{
    /// <summary>What a form may add around the file, in bytes.</summary>
    public const int Surroundings = 64 * 1024;

    // Windows calls a .csv an Excel file, and much that sends files says nothing about them.
    private static readonly string[] Types =
        ["text/csv", "application/csv", "text/plain", "application/vnd.ms-excel", "application/octet-stream", "multipart/form-data"];

    private const string Unnamed = "mailboxes.csv";
    private const int LongestName = 200;

    /// <summary>Whether the request says that it is a file, or a form that may hold one.</summary>
    public static bool IsUnderstood(HttpRequest request) =>
        request.ContentType is null
        || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && Types.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase));

    /// <summary>Null when the form holds no file.</summary>
    public static async Task<UploadedFile?> OpenAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        if (type?.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
            return new UploadedFile(NameOf(ContentDisposition(request.Headers.ContentDisposition)), request.Body);

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary))
            throw new BadHttpRequestException("The form has no boundary.");
        return await FirstFileAsync(new MultipartReader(boundary, request.Body), cancellationToken);
    }

    /// <summary>A name to show: the last part of a path, without control characters, of bounded length.</summary>
    public static string Shown(string? name)
    {
        var last = name?[(name.LastIndexOfAny(['/', '\\']) + 1)..] ?? "";
        var clean = new string([.. last.Where(c => !char.IsControl(c)).Take(LongestName)]).Trim();
        return clean.Length == 0 ? Unnamed : clean;
    }

    private static async Task<UploadedFile?> FirstFileAsync(MultipartReader form, CancellationToken cancellationToken)
    {
        while (await NextAsync(form, cancellationToken) is { } section)
            if (ContentDisposition(section.ContentDisposition) is { } disposition && disposition.IsFileDisposition())
                return new UploadedFile(NameOf(disposition), section.Body);
        return null;
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader form, CancellationToken cancellationToken)
    {
        try
        {
            return await form.ReadNextSectionAsync(cancellationToken);
        }
        // A body that ends too early, or is no form at all. What Kestrel itself refuses is an IOException too, and knows its status.
        catch (Exception exception) when (exception is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The form cannot be read to its end.", exception);
        }
    }

    private static string NameOf(ContentDispositionHeaderValue? disposition) =>
        Shown(HeaderUtilities.RemoveQuotes(disposition?.FileNameStar is { Length: > 0 } star ? star : disposition?.FileName ?? default).Value);

    private static ContentDispositionHeaderValue? ContentDisposition(string? header) =>
        ContentDispositionHeaderValue.TryParse(header, out var disposition) ? disposition : null;
}

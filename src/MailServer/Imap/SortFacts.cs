using MimeKit;
using MimeKit.Utils;

namespace AdminPortal.MailServer.Imap;

/// <summary>What sorting and threading want to know of a message. Texts are in capitals, because they are compared without case.</summary>
/// <param name="Sent">The Date field; where there is none, when it was stored (RFC 5256, 2.2).</param>
/// <param name="IsAnswer">Its subject says that it is a reply or a forwarded message.</param>
internal sealed record SortFacts(
    Numbered Message, DateTimeOffset Sent, string Subject, bool IsAnswer, string From, string To, string Cc, string? Id, IReadOnlyList<string> References)
{
    /// <summary>So many of a message's references are looked at: the last, which lead to the nearest.</summary>
    private const int MostReferences = 100;

    private const int LongestSubject = 1_000;

    /// <summary>What the snapshot alone can say.</summary>
    public static SortFacts Without(Numbered message) => new(message, message.Message.InternalDate, "", false, "", "", "", null, []);

    public static SortFacts Of(Numbered message, HeaderList header)
    {
        var written = header[HeaderId.Subject] ?? "";
        var subject = BaseSubject.Of(written.Length <= LongestSubject ? written : written[..LongestSubject], out var isAnswer);
        var sent = DateUtils.TryParse(header[HeaderId.Date] ?? "", out var date) ? date : message.Message.InternalDate;
        return new SortFacts(
            message, sent, subject.ToUpperInvariant(), isAnswer, Mailbox(header, HeaderId.From), Mailbox(header, HeaderId.To), Mailbox(header, HeaderId.Cc),
            Ids(header, HeaderId.MessageId).FirstOrDefault(), ReferencesOf(header));
    }

    /// <summary>The local part of the first address; a group's name where that stands first.</summary>
    private static string Mailbox(HeaderList header, HeaderId field)
    {
        var index = header.IndexOf(field);
        if (index < 0 || !InternetAddressList.TryParse(header[index].RawValue, out var addresses) || addresses.Count == 0)
            return "";
        return ((addresses[0] as MailboxAddress)?.LocalPart ?? addresses[0].Name ?? "").ToUpperInvariant();
    }

    /// <summary>RFC 5256, 3: References, or else the first of In-Reply-To.</summary>
    private static List<string> ReferencesOf(HeaderList header) =>
        Ids(header, HeaderId.References) is { Count: > 0 } references ? references.TakeLast(MostReferences).ToList()
        : Ids(header, HeaderId.InReplyTo).Take(1).ToList();

    private static List<string> Ids(HeaderList header, HeaderId field) =>
        header[field] is { } value ? [.. MimeUtils.EnumerateReferences(value)] : [];
}

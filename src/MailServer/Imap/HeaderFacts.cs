using MimeKit;
using MimeKit.Utils;

namespace AdminPortal.MailServer.Imap;

/// <summary>The fields that have search keys of their own (RFC 9051, 6.4.4), decoded.</summary>
internal sealed class HeaderFacts
{
    /// <summary>What an entry costs beside its text, in characters.</summary>
    private const int Overhead = 64;

    private static readonly string[] Names = ["SUBJECT", "FROM", "TO", "CC", "BCC"];
    private readonly string[]?[] _values = new string[Names.Length][];

    public HeaderFacts(HeaderList header)
    {
        SentOn = DateUtils.TryParse(header[HeaderId.Date] ?? "", out var date) ? DateOnly.FromDateTime(date.DateTime) : null;
        Weight = Overhead;
        foreach (var field in header)
        {
            if (IndexOf(field.Field) is not (>= 0 and var index))
                continue;
            _values[index] = [.. _values[index] ?? [], field.Value];
            Weight += Overhead / 2 + field.Value.Length;
        }
    }

    /// <summary>The Date field, disregarding time and time zone.</summary>
    public DateOnly? SentOn { get; }

    public int Weight { get; }

    public static bool Has(string field) => IndexOf(field) >= 0;

    /// <summary>An empty text asks whether the field is there at all.</summary>
    public bool Contains(string field, string wanted)
    {
        foreach (var value in _values[IndexOf(field)] ?? [])
            if (value.Contains(wanted, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static int IndexOf(string field) => Array.FindIndex(Names, name => name.Equals(field, StringComparison.OrdinalIgnoreCase));
}

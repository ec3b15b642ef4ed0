using System.Globalization;

namespace AdminPortal.MailServer.Submission;

/// <summary>The parameters of MAIL: SIZE (RFC 1870), BODY (RFC 6152, 3030), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461), AUTH (RFC 4954, 5).</summary>
/// <param name="IsBinary">Lines of any length and octets of any value, by BDAT alone.</param>
/// <param name="IsUtf8">Addresses and header may hold UTF-8.</param>
/// <param name="EnvelopeId">Decoded; null: not given.</param>
/// <param name="ReturnsWhole">RET=FULL.</param>
/// <param name="Size">Octets as announced; 0: not at all.</param>
internal sealed record MailParameters(bool IsBinary = false, bool IsUtf8 = false, string? EnvelopeId = null, bool ReturnsWhole = false, long Size = 0)
{
    // RFC 3461, 4.4.
    private const int LongestEnvelopeId = 100;

    /// <param name="words">As they follow the path.</param>
    /// <param name="sizeLimit">Octets of a message.</param>
    /// <param name="refusal">What to answer where the parameters are none.</param>
    public static MailParameters? Read(IReadOnlyList<string> words, long sizeLimit, out SmtpReply refusal)
    {
        var read = new MailParameters();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        refusal = default;
        foreach (var (name, value) in words.Select(SmtpPath.Parameter))
        {
            var next = seen.Add(name) ? read.With(name, value, sizeLimit, out refusal) : Refuse($"{name} twice", out refusal);
            if (next is null)
                return null;
            read = next;
        }

        return read;
    }

    private MailParameters? With(string name, string value, long sizeLimit, out SmtpReply refusal)
    {
        refusal = default;
        switch (name, value.ToUpperInvariant())
        {
            case ("SIZE", _) when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size):
                refusal = SubmissionReplies.TooLarge(sizeLimit);
                return size <= sizeLimit ? this with { Size = size } : null;
            case ("SIZE", _):
                return Refuse("SIZE=number", out refusal);
            case ("BODY", "7BIT" or "8BITMIME"):
                return this;
            case ("BODY", "BINARYMIME"):
                return this with { IsBinary = true };
            case ("BODY", _):
                return Refuse("BODY=7BIT, 8BITMIME or BINARYMIME", out refusal);
            case ("SMTPUTF8", ""):
                return this with { IsUtf8 = true };
            case ("RET", "FULL" or "HDRS"):
                return this with { ReturnsWhole = value.Equals("FULL", StringComparison.OrdinalIgnoreCase) };
            case ("RET", _):
                return Refuse("RET=FULL or HDRS", out refusal);
            case ("ENVID", _):
                return value.Length <= LongestEnvelopeId && Xtext.Decode(value) is { Length: > 0 } id
                    ? this with { EnvelopeId = id }
                    : Refuse("ENVID=xtext", out refusal);
            // Who first sent it: of no use to a server that knows the sender by its login.
            case ("AUTH", _):
                return this;
            default:
                refusal = SubmissionReplies.UnknownParameter;
                return null;
        }
    }

    private static MailParameters? Refuse(string text, out SmtpReply refusal)
    {
        refusal = SubmissionReplies.Syntax(text);
        return null;
    }
}

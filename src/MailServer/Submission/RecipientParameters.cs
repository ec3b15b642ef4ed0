namespace AdminPortal.MailServer.Submission;

/// <summary>The parameters of RCPT: NOTIFY and ORCPT (RFC 3461, 4.1 and 4.2).</summary>
internal sealed record RecipientParameters(NotifyOn Notify = NotifyOn.Failure, string? OriginalAddress = null)
{
    // RFC 3461, 4.2: the longest ORCPT parameter.
    private const int LongestOriginal = 500;

    public static RecipientParameters? Read(IReadOnlyList<string> words, out SmtpReply refusal)
    {
        var read = new RecipientParameters();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        refusal = SubmissionReplies.Syntax("NOTIFY=NEVER, or SUCCESS, FAILURE, DELAY; ORCPT=type;xtext");
        foreach (var (name, value) in words.Select(SmtpPath.Parameter))
        {
            if (!seen.Add(name))
                return null;
            switch (name)
            {
                case "NOTIFY" when Events(value) is { } events:
                    read = read with { Notify = events };
                    break;
                case "ORCPT" when Original(value) is { } original:
                    read = read with { OriginalAddress = original };
                    break;
                case "NOTIFY" or "ORCPT":
                    return null;
                default:
                    refusal = SubmissionReplies.UnknownParameter;
                    return null;
            }
        }

        return read;
    }

    /// <summary>NEVER stands alone, every other word once.</summary>
    private static NotifyOn? Events(string value)
    {
        if (value.Equals("NEVER", StringComparison.OrdinalIgnoreCase))
            return NotifyOn.Never;
        var events = NotifyOn.Never;
        foreach (var word in value.Split(','))
        {
            var one = word.ToUpperInvariant() switch { "SUCCESS" => NotifyOn.Success, "FAILURE" => NotifyOn.Failure, "DELAY" => NotifyOn.Delay, _ => NotifyOn.Never };
            if (one == NotifyOn.Never || events.HasFlag(one))
                return null;
            events |= one;
        }

        return events;
    }

    private static string? Original(string value)
    {
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        return value.Length <= LongestOriginal && semicolon > 0 && value[..semicolon].All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            && Xtext.Decode(value[(semicolon + 1)..]) is { Length: > 0 } address
            ? $"{value[..semicolon]};{address}"
            : null;
    }
}

using System.Text;

namespace AdminPortal.MailServer.Imap;

/// <summary>What a subject is about, without what answering and forwarding put around it (RFC 5256, 2.1).</summary>
internal static class BaseSubject
{
    /// <param name="subject">Decoded.</param>
    /// <param name="isAnswer">True when something said that it is a reply or a forwarded message.</param>
    public static string Of(string subject, out bool isAnswer)
    {
        isAnswer = false;
        var text = OneSpace(subject);
        while (true)
        {
            text = WithoutTrailers(text, ref isAnswer);
            text = WithoutLeaders(text, ref isAnswer);
            if (!text.StartsWith("[fwd:", StringComparison.OrdinalIgnoreCase) || !text.EndsWith(']'))
                return text;
            isAnswer = true;
            text = text[5..^1].Trim();
        }
    }

    private static string OneSpace(string text)
    {
        var spaced = new StringBuilder(text.Length);
        foreach (var c in text)
            if (c is not (' ' or '\t' or '\r' or '\n'))
                spaced.Append(c);
            else if (spaced.Length > 0 && spaced[^1] != ' ')
                spaced.Append(' ');
        return spaced.ToString();
    }

    private static string WithoutTrailers(string text, ref bool isAnswer)
    {
        var rest = text.AsSpan().TrimEnd(' ');
        while (rest.EndsWith("(fwd)", StringComparison.OrdinalIgnoreCase))
        {
            isAnswer = true;
            rest = rest[..^5].TrimEnd(' ');
        }

        return rest.ToString();
    }

    private static string WithoutLeaders(string text, ref bool isAnswer)
    {
        var rest = text.AsSpan().TrimStart(' ');
        while (true)
        {
            if (AfterLeader(rest) is { } leader)
            {
                isAnswer = true;
                rest = rest[leader..].TrimStart(' ');
            }
            else if (AfterBlob(rest) is > 0 and var blob && blob < rest.Length)
                rest = rest[blob..];
            else
                return rest.ToString();
        }
    }

    /// <summary>Behind <c>[blob] [blob] re [blob]:</c>, or null.</summary>
    private static int? AfterLeader(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (AfterBlob(text[at..]) is > 0 and var blob)
            at += blob;
        var word = text[at..].StartsWith("re", StringComparison.OrdinalIgnoreCase) ? 2
            : text[at..].StartsWith("fwd", StringComparison.OrdinalIgnoreCase) ? 3
            : text[at..].StartsWith("fw", StringComparison.OrdinalIgnoreCase) ? 2 : 0;
        if (word == 0)
            return null;
        at += word;
        while (at < text.Length && text[at] == ' ')
            at++;
        at += AfterBlob(text[at..]);
        return at < text.Length && text[at] == ':' ? at + 1 : null;
    }

    /// <summary>Behind <c>[…]</c> and the spaces after it; 0 when there is none.</summary>
    private static int AfterBlob(ReadOnlySpan<char> text)
    {
        if (text is not ['[', ..])
            return 0;
        var end = text[1..].IndexOfAny('[', ']') + 1;
        if (end == 0 || text[end] != ']')
            return 0;
        for (end++; end < text.Length && text[end] == ' ';)
            end++;
        return end;
    }
}

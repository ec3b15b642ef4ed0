using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>What a search found, in the words of RFC 3501 or of RFC 4731.</summary>
/// <param name="found">By number.</param>
internal sealed class SearchAnswer(string tag, IReadOnlyList<Numbered> found, bool byUid)
{
    /// <summary>RFC 5182: UIDs, because numbers move.</summary>
    public IReadOnlyList<uint> ToSave(SearchReturn returns)
    {
        if (!returns.SavesEndsOnly || found.Count == 0)
            return [.. found.Select(m => m.Message.Uid)];
        var ends = new SortedSet<uint>();
        if (returns.Min)
            ends.Add(found[0].Message.Uid);
        if (returns.Max)
            ends.Add(found[^1].Message.Uid);
        return [.. ends];
    }

    /// <summary>RFC 3501, 7.2.5.</summary>
    public void WritePlainly(WireWriter output)
    {
        output.Write("* SEARCH"u8);
        foreach (var message in found)
            output.Write(" "u8).Write(Name(message));
        output.EndLine();
    }

    /// <summary>RFC 9051, 7.3.4. What there is none of is left out.</summary>
    public void Write(WireWriter output, SearchReturn returns)
    {
        if (returns.IsSilent)
            return;
        output.Write("* ESEARCH (TAG \""u8).Write(tag).Write("\")"u8).Write(byUid ? " UID" : "");
        if (returns.Min && found.Count > 0)
            output.Write(" MIN "u8).Write(Name(found[0]));
        if (returns.Max && found.Count > 0)
            output.Write(" MAX "u8).Write(Name(found[^1]));
        if (returns.Count)
            output.Write(" COUNT "u8).Write(found.Count);
        if (returns.Numbers && found.Count > 0)
            output.Write(" ALL "u8).Write(NumberSet.Of(found.Select(Name)).ToString());
        output.EndLine();
    }

    private uint Name(Numbered message) => byUid ? message.Message.Uid : (uint)message.Number;
}

using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>What a search found, in the words of RFC 3501 or of RFC 4731.</summary>
/// <param name="found">By number, or as sorted.</param>
internal sealed class SearchAnswer(string tag, IReadOnlyList<Numbered> found, bool byUid, bool tellsModSeq)
{
    /// <summary>RFC 5182: UIDs, because numbers move.</summary>
    public IReadOnlyList<uint> ToSave(SearchReturn returns)
    {
        if (!returns.NamesEndsOnly || found.Count == 0)
            return [.. found.Select(m => m.Message.Uid)];
        var ends = new SortedSet<uint>();
        if (returns.Min)
            ends.Add(found[0].Message.Uid);
        if (returns.Max)
            ends.Add(found[^1].Message.Uid);
        return [.. ends];
    }

    /// <summary>RFC 3501, 7.2.5.</summary>
    public void WritePlainly(WireWriter output, string name)
    {
        output.Write("* "u8).Write(name);
        foreach (var message in found)
            output.Write(" "u8).Write(Name(message));
        if (tellsModSeq && found.Count > 0)
            output.Write(" (MODSEQ "u8).Write(found.Max(m => m.Message.ModSeq)).Write(")"u8);
        output.EndLine();
    }

    /// <summary>RFC 9051, 7.3.4. What there is none of is left out.</summary>
    /// <param name="inOrder">All in the order found, not as a set.</param>
    public void Write(WireWriter output, SearchReturn returns, bool inOrder = false)
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
            output.Write(" ALL "u8).Write(inOrder ? string.Join(',', found.Select(Name)) : NumberSet.Of(found.Select(Name)).ToString());
        if (tellsModSeq && found.Count > 0)
            output.Write(" MODSEQ "u8).Write(ModSeqOf(returns));
        output.EndLine();
    }

    /// <summary>RFC 7162, 3.1.10: of the messages that were named, or counted.</summary>
    private long ModSeqOf(SearchReturn returns) => !returns.NamesEndsOnly ? found.Max(m => m.Message.ModSeq)
        : Math.Max(returns.Min ? found[0].Message.ModSeq : 0, returns.Max ? found[^1].Message.ModSeq : 0);

    private uint Name(Numbered message) => byUid ? message.Message.Uid : (uint)message.Number;
}

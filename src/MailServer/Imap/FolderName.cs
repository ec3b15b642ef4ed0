using System.Globalization;
using System.Text;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// Folder names between the wire and the seam. On the wire modified UTF-7 (RFC 3501, 5.1.3), or UTF-8 for whoever enabled it; at the seam
/// Unicode in NFC, levels separated by <c>/</c>, INBOX in capitals. A name never becomes a path of the file system.
/// </summary>
internal static class FolderName
{
    public const char Separator = '/';
    private const int Longest = 255;
    private const int Deepest = 20;

    /// <summary>A name argument; null when it cannot name a folder.</summary>
    public static string? Parse(ImapConnection imap, ImapParser arguments) =>
        Decode(imap, arguments.AString()) is { } name ? Normalise(name) : null;

    /// <summary>What the client wrote, as text; null when it is not well-formed.</summary>
    public static string? Decode(ImapConnection imap, byte[] octets) =>
        imap.SpeaksUtf8 ? CredentialText.Decode(octets) : ModifiedUtf7.Decode(octets);

    /// <summary>Null when the name is not acceptable: empty levels, control characters, wildcards, too long or too deep.</summary>
    public static string? Normalise(string name)
    {
        if (name.Length is 0 or > Longest || name.Any(c => char.IsControl(c) || c is '*' or '%' or '\u2028' or '\u2029'))
            return null;
        var levels = name.Normalize(NormalizationForm.FormC).Split(Separator);
        if (levels.Length > Deepest || levels.Any(string.IsNullOrWhiteSpace))
            return null;
        if (levels[0].Equals("INBOX", StringComparison.OrdinalIgnoreCase))
            levels[0] = "INBOX";
        return string.Join(Separator, levels);
    }

    public static WireWriter WriteFolder(this ImapConnection imap, string name) =>
        imap.SpeaksUtf8 ? imap.Output.WriteQuoted(name) : imap.Output.WriteString(ModifiedUtf7.Encode(name));

    /// <summary>
    /// RFC 9051, 6.3.9.7: a client that wrote a name in another form than the one it has is told of that, so that it knows its folder
    /// again in the next list. INBOX is known in any case.
    /// </summary>
    public static void TellName(this ImapConnection imap, string name, string written)
    {
        imap.Output.Write("* LIST () \"/\" "u8);
        imap.WriteFolder(name);
        if (name != written && name != "INBOX")
        {
            imap.Output.Write(" (\"OLDNAME\" ("u8);
            imap.WriteFolder(written).Write("))"u8);
        }

        imap.Output.EndLine();
    }

    /// <summary>The names of the levels above, the topmost first.</summary>
    public static IEnumerable<string> Above(string name)
    {
        for (var slash = name.IndexOf(Separator); slash > 0; slash = name.IndexOf(Separator, slash + 1))
            yield return name[..slash];
    }

    public static string Attribute(SpecialUse use) => string.Create(CultureInfo.InvariantCulture, $"\\{use}");
}

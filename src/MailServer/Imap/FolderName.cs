using System.Globalization;
using System.Text;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// Folder names between the wire and the seam. On the wire modified UTF-7 (RFC 3501, 5.1.3); at the seam Unicode in NFC, levels separated
/// by
/// <c>/</c>, INBOX in capitals. A name never becomes a path of the file system.
/// </summary>
internal static class FolderName
{
    public const char Separator = '/';
    private const int Longest = 255;
    private const int Deepest = 20;

    /// <summary>A name argument; null when it cannot name a folder.</summary>
    public static string? Parse(ImapParser arguments) => ModifiedUtf7.Decode(arguments.AString()) is { } name ? Normalise(name) : null;

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

    public static WireWriter WriteFolder(this WireWriter output, string name) => output.WriteString(ModifiedUtf7.Encode(name));

    public static string Attribute(SpecialUse use) => string.Create(CultureInfo.InvariantCulture, $"\\{use}");
}

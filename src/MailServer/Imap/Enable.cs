namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 5161. Names that are not known, or cannot be enabled, are passed over.</summary>
internal static class Enable
{
    private static readonly Dictionary<string, ImapFeatures> Known = new(StringComparer.Ordinal)
    {
        ["CONDSTORE"] = ImapFeatures.CondStore,
        ["QRESYNC"] = ImapFeatures.CondStore | ImapFeatures.QResync,
        ["UTF8=ACCEPT"] = ImapFeatures.Utf8 | ImapFeatures.Utf8Accept,
        ["IMAP4REV2"] = ImapFeatures.Rev2 | ImapFeatures.Utf8,
    };

    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        var wanted = new List<string>();
        do
        {
            line.Arguments.Space();
            wanted.Add(line.Arguments.Keyword());
        }
        while (!line.Arguments.AtEnd);
        var enabled = wanted.Where(Known.ContainsKey).Distinct().ToList();
        imap.Untagged(string.Join(' ', enabled.Select(Spelled).Prepend("ENABLED")));
        foreach (var name in enabled)
            imap.Enable(Known[name]);
        return Task.FromResult(ImapReply.Ok("Done"));
    }

    private static string Spelled(string name) => name == "IMAP4REV2" ? "IMAP4rev2" : name;
}

namespace AdminPortal.MailServer;

/// <summary>
/// The namespace of folders that belong to no mailbox (RFC 2342: shared): everybody whom the backend shows them to has the same ones under
/// the same names. Only IMAP reaches them, and nobody creates, renames or deletes them by it; what may be done in one is its
/// <see cref="FolderRight"/>. They count towards no mailbox's quota.
/// </summary>
public static class SharedFolders
{
    /// <summary>The level above all of them; no folder itself.</summary>
    public const string Root = "Public";

    public const string Prefix = "Public/";

    /// <summary>The full name of a folder that is called so below <see cref="Root"/>; null where none can be.</summary>
    public static string? Normalise(string name) => Imap.FolderName.Normalise(Prefix + name);

    /// <summary>Whether such a name lies in this namespace. A mailbox has no folders of its own here.</summary>
    public static bool Hold(string name) => name == Root || name.StartsWith(Prefix, StringComparison.Ordinal);
}

/// <summary>What a session may do in a folder; each includes those before.</summary>
public enum FolderRight
{
    Read,

    /// <summary>Append, copy into it, and change flags but \Deleted.</summary>
    AddAndMark,

    /// <summary>And remove. A mailbox's own folders have it.</summary>
    Everything,
}

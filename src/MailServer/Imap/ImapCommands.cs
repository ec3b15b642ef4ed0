using System.Collections.Frozen;

namespace AdminPortal.MailServer.Imap;

[Flags]
internal enum ImapStates
{
    NotAuthenticated = 1,
    Authenticated = 2,
    Selected = 4,
    SignedIn = Authenticated | Selected,
    Any = NotAuthenticated | SignedIn,
}

/// <summary>A command of the table.</summary>
internal sealed record ImapCommand(string Name, ImapStates States, Func<ImapConnection, ImapCommandLine, Task<ImapReply>> RunAsync)
{
    /// <summary>False for the commands whose message numbers must not shift (RFC 9051, 7.5.1).</summary>
    public bool MayExpunge { get; init; } = true;

    /// <summary>True for commands whose point is news: the backend is asked even when it has no hint of any.</summary>
    public bool AsksForChanges { get; init; }

    /// <summary>What has to happen after the tagged line.</summary>
    public Func<ImapConnection, ImapReply, Task>? After { get; init; }
}

/// <summary>Every command there is. A new one is a file and a line here.</summary>
internal static class ImapCommands
{
    private static readonly FrozenDictionary<string, ImapCommand> Table = new ImapCommand[]
    {
        new("CAPABILITY", ImapStates.Any, Capability.RunAsync),
        new("NOOP", ImapStates.Any, Noop.RunAsync) { AsksForChanges = true },
        new("LOGOUT", ImapStates.Any, Logout.RunAsync),
        new("ID", ImapStates.Any, Id.RunAsync),
        new("STARTTLS", ImapStates.NotAuthenticated, StartTls.RunAsync) { After = StartTls.AfterAsync },
        new("AUTHENTICATE", ImapStates.NotAuthenticated, Authenticate.RunAsync),
        new("LOGIN", ImapStates.NotAuthenticated, Login.RunAsync),
        new("ENABLE", ImapStates.SignedIn, Enable.RunAsync),
        new("NAMESPACE", ImapStates.SignedIn, Namespace.RunAsync),
        new("SELECT", ImapStates.SignedIn, Select.RunAsync),
        new("EXAMINE", ImapStates.SignedIn, Select.RunAsync),
        new("CREATE", ImapStates.SignedIn, Create.RunAsync),
        new("DELETE", ImapStates.SignedIn, Delete.RunAsync),
        new("RENAME", ImapStates.SignedIn, Rename.RunAsync),
        new("SUBSCRIBE", ImapStates.SignedIn, Subscribe.RunAsync),
        new("UNSUBSCRIBE", ImapStates.SignedIn, Subscribe.RunAsync),
        new("LIST", ImapStates.SignedIn, List.RunAsync),
        new("LSUB", ImapStates.SignedIn, Lsub.RunAsync),
        new("STATUS", ImapStates.SignedIn, Status.RunAsync),
        new("GETQUOTA", ImapStates.SignedIn, GetQuota.RunAsync),
        new("GETQUOTAROOT", ImapStates.SignedIn, GetQuota.RunRootAsync),
        new("APPEND", ImapStates.SignedIn, Append.RunAsync) { AsksForChanges = true },
        new("IDLE", ImapStates.SignedIn, Idle.RunAsync),
        new("CHECK", ImapStates.Selected, Noop.RunAsync) { AsksForChanges = true },
        new("CLOSE", ImapStates.Selected, Close.RunAsync),
        new("UNSELECT", ImapStates.Selected, Unselect.RunAsync),
        new("EXPUNGE", ImapStates.Selected, Expunge.RunAsync),
        new("SEARCH", ImapStates.Selected, Search.RunAsync) { MayExpunge = false },
        new("SORT", ImapStates.Selected, Sort.RunAsync) { MayExpunge = false },
        new("THREAD", ImapStates.Selected, ThreadMessages.RunAsync) { MayExpunge = false },
        new("FETCH", ImapStates.Selected, Fetch.RunAsync) { MayExpunge = false },
        new("STORE", ImapStates.Selected, Store.RunAsync) { MayExpunge = false },
        new("COPY", ImapStates.Selected, Copy.RunAsync),
        new("MOVE", ImapStates.Selected, Move.RunAsync),
        new("UID", ImapStates.Selected, Uid.RunAsync),
    }.ToFrozenDictionary(command => command.Name);

    public static ImapCommand? Find(string name) => Table.GetValueOrDefault(name);
}

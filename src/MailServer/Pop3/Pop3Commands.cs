using System.Collections.Frozen;

namespace AdminPortal.MailServer.Pop3;

internal enum Pop3State
{
    Authorization,
    Transaction,
}

/// <param name="State">Where it is allowed; null: everywhere.</param>
internal sealed record Pop3Command(string Keyword, Pop3State? State, Func<Pop3Connection, Pop3Line, Task> RunAsync);

/// <summary>Every command there is. A new one is a file and a line here.</summary>
internal static class Pop3Commands
{
    private static readonly FrozenDictionary<string, Pop3Command> Table = new Pop3Command[]
    {
        new("CAPA", null, Capa.RunAsync),
        new("LANG", null, Lang.RunAsync),
        new("QUIT", null, Quit.RunAsync),
        new("STLS", Pop3State.Authorization, Stls.RunAsync),
        new("UTF8", Pop3State.Authorization, Utf8.RunAsync),
        new("USER", Pop3State.Authorization, User.RunAsync),
        new("PASS", Pop3State.Authorization, Pass.RunAsync),
        new("AUTH", Pop3State.Authorization, Auth.RunAsync),
        new("STAT", Pop3State.Transaction, Stat.RunAsync),
        new("LIST", Pop3State.Transaction, List.RunAsync),
        new("UIDL", Pop3State.Transaction, Uidl.RunAsync),
        new("RETR", Pop3State.Transaction, Retr.RunAsync),
        new("TOP", Pop3State.Transaction, Top.RunAsync),
        new("DELE", Pop3State.Transaction, Dele.RunAsync),
        new("RSET", Pop3State.Transaction, Rset.RunAsync),
        new("NOOP", Pop3State.Transaction, Noop.RunAsync),
    }.ToFrozenDictionary(command => command.Keyword);

    public static Pop3Command? Find(string keyword) => Table.GetValueOrDefault(keyword);
}

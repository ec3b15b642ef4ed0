using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// One IMAP connection (RFC 3501, RFC 9051): read a command, find it, carry it out, tell what changed meanwhile, answer.
/// <para>
/// Commands are carried out one after the other, in the order in which they came, so that a client may pipeline at will. States follow from
/// what is there: no session (<i>not authenticated</i>), a session (<i>authenticated</i>), a selected folder (<i>selected</i>).
/// </para>
/// <para>
/// Changes made by others are told before the tagged line of every command, except that no EXPUNGE may shift the numbers under FETCH, STORE
/// and SEARCH (RFC 9051, 7.5.1). The tagged OK of a command that writes is sent after the backend's write returned, and so is durable.
/// </para>
/// <para>Being told no and being finished are two things: a reply of NO or BAD goes on; <see cref="Finished"/> ends the loop.</para>
/// </summary>
internal sealed class ImapConnection(MailConnection connection, SignIn signIn, MailServerMetrics metrics)
{
    public MailConnection Connection => connection;

    public SignIn SignIn => signIn;

    public WireWriter Output => connection.Output;

    public CancellationToken Stopping => connection.Stopping;

    /// <summary>The signed-in mailbox's folders; commands that use it are allowed after login only.</summary>
    public IMailStore Store => connection.Session!.Store;

    /// <summary>Null unless a folder is selected.</summary>
    public SelectedFolder? Selected { get; private set; }

    public bool Finished { get; set; }

    /// <summary>The client asked for IMAP4rev2: what RFC 9051 does differently from RFC 3501 goes its way.</summary>
    public bool IsRev2 => Enabled.HasFlag(ImapFeatures.Rev2);

    /// <summary>Folder names are UTF-8 on the wire, not modified UTF-7.</summary>
    public bool SpeaksUtf8 => Enabled.HasFlag(ImapFeatures.Utf8);

    /// <summary>Changes are told with their MODSEQ.</summary>
    public bool TellsModSeq => Enabled.HasFlag(ImapFeatures.CondStore);

    /// <summary>Expunges are told by UID.</summary>
    public bool TellsVanished => Enabled.HasFlag(ImapFeatures.QResync);

    public ImapFeatures Enabled { get; private set; }

    /// <summary>RFC 7162, 3.1: whoever begins to use MODSEQ with a folder open is told where it stands.</summary>
    public void Enable(ImapFeatures features)
    {
        var begins = !TellsModSeq && features.HasFlag(ImapFeatures.CondStore);
        Enabled |= features;
        if (begins && Selected is not null)
            Untagged($"OK [HIGHESTMODSEQ {Selected.ModSeq}] Changes have numbers");
    }

    public async Task ServeAsync()
    {
        Untagged($"OK [CAPABILITY {Capability.List(this)}] {connection.Options.HostName} IMAP4 ready");
        var reader = new ImapCommandReader(this);
        try
        {
            while (!Finished && connection.Relay is null && await reader.ReadAsync() is { } command)
                await CarryOutAsync(command);
        }
        finally
        {
            await UnselectAsync();
        }
    }

    public void Untagged(string text) => Output.Write("* "u8).WriteLine(text);

    public void Answer(string tag, ImapReply reply)
    {
        Output.Write(tag).Write(" "u8).Write(reply.Status).Write(" "u8);
        if (reply.Code is not null)
            Output.Write("["u8).Write(reply.Code).Write("] "u8);
        Output.WriteLine(reply.Text);
        if (reply.Status == "BAD" && connection.CountBadCommand() && !Finished)
        {
            Untagged("BYE Too many bad commands");
            Finished = true;
        }
    }

    /// <summary>Ends a connection whose stream makes no sense any more.</summary>
    public async Task ShowOutAsync(string goodbye)
    {
        Untagged(goodbye);
        Finished = true;
        await connection.LingerAsync();
    }

    public async Task SelectAsync(SelectedFolder folder)
    {
        await UnselectAsync();
        Selected = folder;
    }

    public async Task UnselectAsync()
    {
        if (Selected is not { } folder)
            return;
        Selected = null;
        await folder.DisposeAsync();
    }

    /// <summary>Tells what others did to the selected folder.</summary>
    public async Task TellChangesAsync(bool mayExpunge, bool ask)
    {
        if (Selected is null || await Selected.TellChangesAsync(mayExpunge, ask))
            return;
        Untagged("BYE The selected folder was deleted");
        Finished = true;
    }

    private async Task CarryOutAsync(ImapCommandLine line)
    {
        var started = connection.Timestamp();
        var command = ImapCommands.Find(line.Name);
        var reply = command is null ? ImapReply.Bad("Unknown command")
            : command.States.HasFlag(State()) ? await RunAsync(command, line)
            : ImapReply.Bad(State() == ImapStates.NotAuthenticated ? "Sign in first" : "Not in this state");
        if (!Finished && reply.Status != "BAD" && command is not null)
            await TellAsync(command);
        Answer(line.Tag, WithModSeq(reply));
        if (connection.Session is null && connection.FailedSignIns >= connection.Limits.SignInAttempts && !Finished)
            await ShowOutAsync("BYE Too many failed sign-ins");
        metrics.Command(MailProtocol.Imap, command?.Name ?? "unknown", connection.Since(started));
        if (command?.After is { } after)
            await after(this, reply);
    }

    private ImapStates State() =>
        connection.Session is null ? ImapStates.NotAuthenticated : Selected is null ? ImapStates.Authenticated : ImapStates.Selected;

    private async Task<ImapReply> RunAsync(ImapCommand command, ImapCommandLine line)
    {
        try
        {
            return await command.RunAsync(this, line);
        }
        catch (ImapSyntaxException error)
        {
            return ImapReply.Bad(error.Message);
        }
        catch (MailStoreUnavailableException failure) when (!Output.InsideBlock)
        {
            connection.Log.StoreUnavailable(MailProtocol.Imap, connection.Peer.ConnectionId, failure);
            return ImapReply.Unavailable("The mailbox is not available now");
        }
    }

    /// <summary>Only now, because everything up to that MODSEQ must have been told.</summary>
    private ImapReply WithModSeq(ImapReply reply) =>
        reply.TellsModSeq && TellsVanished && Selected is not null ? reply with { Code = $"HIGHESTMODSEQ {Selected.ModSeq}" } : reply;

    private async Task TellAsync(ImapCommand command)
    {
        try
        {
            await TellChangesAsync(command.MayExpunge, command.AsksForChanges);
        }
        catch (MailStoreUnavailableException failure)
        {
            // The command is done; what changed is told with a later one.
            connection.Log.StoreUnavailable(MailProtocol.Imap, connection.Peer.ConnectionId, failure);
        }
    }
}

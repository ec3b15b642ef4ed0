using System.Globalization;
using System.Text;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>What mail programs do, each a loop on connections of its own; the same octets go to every server.</summary>
internal sealed class MailCases(IMailPeer peer, IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
{
    public const int InInbox = 1_000;
    public const int InArchive = 10_000;
    private const int MessagesAtOnce = 50;

    /// <summary>INBOX of every account, and one large folder.</summary>
    public async Task FillAsync()
    {
        await Task.WhenAll(accounts.Take(10).Select(account => FillAsync(account, "INBOX", InInbox, Letters.Ordinary)));
        await FillAsync(accounts[0], "Archive", InArchive, Letters.Short);
    }

    /// <summary>Connect, sign in, sign off.</summary>
    public Func<int, Task<Loop>> SignIn() => place => Task.FromResult(new Loop(null, async () =>
    {
        await using var client = await SignedInAsync(accounts[place]);
        await client.AskAsync("a LOGOUT\r\n", End.Tagged, cancellationToken);
    }));

    public Func<int, Task<Loop>> SelectAndFlags() => async place =>
    {
        var client = await SignedInAsync(accounts[place]);
        return new(client, async () =>
        {
            await client.AskAsync("a SELECT INBOX\r\n", End.Tagged, cancellationToken);
            await client.AskAsync("a FETCH 1:* FLAGS\r\n", End.Tagged, cancellationToken);
        });
    };

    /// <summary>One body after the other, as a program does that shows them.</summary>
    public Func<int, Task<Loop>> FetchBody() => async place =>
    {
        var client = await SelectedAsync(accounts[place], "INBOX");
        var next = 0;
        return new(client, async () =>
        {
            await client.AskAsync($"a FETCH {next++ % InInbox + 1} BODY.PEEK[]\r\n", End.Tagged, cancellationToken);
            if (client.Received < Letters.Ordinary) throw new InvalidOperationException($"Too short: {client.Text()}");
        });
    };

    /// <summary>Bodies by the hundred, as a program does that keeps a copy of all.</summary>
    public Func<int, Task<Loop>> FetchBodies() => async place =>
    {
        var client = await SelectedAsync(accounts[place], "INBOX");
        var next = 0;
        return new(client, async () =>
        {
            var from = next++ % (InInbox / 100) * 100 + 1;
            await client.AskAsync($"a FETCH {from}:{from + 99} BODY.PEEK[]\r\n", End.Tagged, cancellationToken);
            if (client.Received < 100 * Letters.Ordinary) throw new InvalidOperationException($"Too short: {client.Text()}");
        });
    };

    public Func<int, Task<Loop>> SearchSubject() => async _ =>
    {
        var client = await SelectedAsync(accounts[0], "Archive");
        return new(client, async () =>
        {
            await client.AskAsync($"a SEARCH SUBJECT {Letters.RareWord}\r\n", End.Tagged, cancellationToken);
            if (client.Received < 4 * InArchive / 100) throw new InvalidOperationException($"Found too little: {client.Text()}");
        });
    };

    public Func<int, Task<Loop>> Retrieve() => async place =>
    {
        var client = await MailClient.ConnectAsync(peer.Pop3, cancellationToken);
        await client.AskAsync($"AUTH PLAIN {accounts[place].Plain}\r\n", End.Line, cancellationToken);
        var next = 0;
        return new(client, async () =>
        {
            await client.AskAsync($"RETR {next++ % InInbox + 1}\r\n", End.Block, cancellationToken);
            if (client.Received < Letters.Ordinary) throw new InvalidOperationException($"Too short: {client.Text()}");
        });
    };

    /// <summary>The message is sent once the server says go on; OK means that it is on the disk.</summary>
    public Func<int, Task<Loop>> Append() => async place =>
    {
        var client = await SignedInAsync(accounts[place]);
        var announce = Encoding.ASCII.GetBytes($"a APPEND Sent {{{Letters.Ordinary}}}\r\n");
        byte[] message = [.. Letters.Make(place, Letters.Ordinary), .. "\r\n"u8];
        return new(client, async () =>
        {
            await client.AskAsync(announce, End.Continuation, cancellationToken);
            await client.AskAsync(message, End.Tagged, cancellationToken);
        });
    };

    /// <summary>One message to one recipient on a connection that stays.</summary>
    public Func<int, Task<Loop>> Deliver() => async place =>
    {
        var account = accounts[10 + place];
        var client = await MailClient.ConnectAsync(peer.Delivery, cancellationToken);
        await peer.BeginDeliveryAsync(client, account, cancellationToken);
        byte[] message = [.. Letters.Make(place, Letters.Ordinary), .. ".\r\n"u8];
        return new(client, async () =>
        {
            await client.AskAsync($"MAIL FROM:<{account.Address}>\r\n", End.Reply, cancellationToken);
            await client.AskAsync($"RCPT TO:<{account.Address}>\r\n", End.Reply, cancellationToken);
            await client.AskAsync("DATA\r\n", End.Reply, cancellationToken);
            await client.AskAsync(message, End.Reply, cancellationToken);
        });
    };

    public async Task<MailClient> SignedInAsync(Account account)
    {
        var client = await MailClient.ConnectAsync(peer.Imap, cancellationToken);
        await client.AskAsync($"a AUTHENTICATE PLAIN {account.Plain}\r\n", End.Tagged, cancellationToken);
        return client;
    }

    public async Task<MailClient> SelectedAsync(Account account, string folder)
    {
        var client = await SignedInAsync(account);
        await client.AskAsync($"a SELECT {folder}\r\n", End.Tagged, cancellationToken);
        return client;
    }

    /// <summary>Many messages in one command (RFC 3502), which both servers know.</summary>
    private async Task FillAsync(Account account, string folder, int count, int size)
    {
        await using var client = await SignedInAsync(account);
        for (var number = 0; number < count; number += MessagesAtOnce)
        {
            await client.AskAsync(string.Create(CultureInfo.InvariantCulture, $"a APPEND {folder} {{{size}}}\r\n"), End.Continuation, cancellationToken);
            for (var more = MessagesAtOnce - 1; more > 0; more--)
                await client.AskAsync((byte[])[.. Letters.Make(number + more, size), .. Encoding.ASCII.GetBytes($" {{{size}}}\r\n")], End.Continuation, cancellationToken);
            await client.AskAsync((byte[])[.. Letters.Make(number, size), .. "\r\n"u8], End.Tagged, cancellationToken);
        }
    }
}

/// <summary>What one connection does over and over.</summary>
/// <param name="Client">Hangs up at the end; null where each round has a connection of its own.</param>
/// <param name="OnceAsync">One round.</param>
internal sealed record Loop(MailClient? Client, Func<Task> OnceAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Client?.DisposeAsync() ?? ValueTask.CompletedTask;
}

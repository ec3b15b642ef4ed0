using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>OBJECTID (RFC 8474): names that stay.</summary>
public sealed class ObjectIdTests : ImapStories
{
    [Fact]
    public async Task A_content_keeps_its_name_wherever_it_is_copied_and_a_folder_through_renaming()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var client = await SelectedAsync(server);

        var emails = (await client.ImapAsync("1 FETCH 1:2 (EMAILID THREADID)")).Take(2).Select(line => line.Split('(', ')')[2]).ToList();
        Assert.All(emails, id => Assert.Matches("^M[0-9a-f]{32}$", id));
        Assert.NotEqual(emails[0], emails[1]);
        Assert.Equal($"* 1 FETCH (EMAILID ({emails[0]}) THREADID NIL)", (await client.ImapAsync("2 FETCH 1 (EMAILID THREADID)"))[0]);
        Assert.Equal("* SEARCH 2", (await client.ImapAsync($"3 SEARCH EMAILID {emails[1]}"))[0]);
        Assert.Equal("* SEARCH", (await client.ImapAsync("4 SEARCH THREADID T1"))[0]);

        var created = (await client.ImapAsync("5 CREATE Old"))[^1].Split('(', ')')[1];
        await client.ImapAsync("6 COPY 2 Old");
        await client.ImapAsync("7 RENAME Old New");
        Assert.Equal($"* STATUS \"New\" (MAILBOXID ({created}))", (await client.ImapAsync("8 STATUS New (MAILBOXID)"))[0]);
        Assert.Contains($"* OK [MAILBOXID ({created})] Stays when the folder is renamed", await client.ImapAsync("9 SELECT New"));
        Assert.Equal($"* 1 FETCH (UID 1 EMAILID ({emails[1]}))", (await client.ImapAsync("10 UID FETCH 1 EMAILID"))[0]);
    }
}

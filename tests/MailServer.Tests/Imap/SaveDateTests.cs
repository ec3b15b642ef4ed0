using System.Globalization;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>SAVEDATE (RFC 8514).</summary>
public sealed class SaveDateTests : ImapStories
{
    [Fact]
    public async Task It_is_the_day_a_message_came_into_this_folder_whatever_its_own_date_says()
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server);
        await client.ImapAsync("1 APPEND INBOX \" 2-Jan-2001 03:04:05 +0000\" {4+}\r\nA: b");
        await client.ImapAsync("2 SELECT INBOX");

        var told = (await client.ImapAsync("3 FETCH 1 (INTERNALDATE SAVEDATE)"))[0];
        Assert.StartsWith("* 1 FETCH (INTERNALDATE \"02-Jan-2001 03:04:05 +0000\" SAVEDATE \"", told, StringComparison.Ordinal);
        var saved = DateTimeOffset.ParseExact(told.Split('"')[3], "dd-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture);
        var day = saved.ToString("d-MMM-yyyy", CultureInfo.InvariantCulture);
        Assert.Equal("* SEARCH 1", (await client.ImapAsync($"4 SEARCH SAVEDON {day}"))[0]);
        Assert.Equal("* SEARCH 1", (await client.ImapAsync($"5 SEARCH SAVEDSINCE {day} SAVEDATESUPPORTED"))[0]);
        Assert.Equal("* SEARCH", (await client.ImapAsync($"6 SEARCH SAVEDBEFORE {day}"))[0]);
        Assert.Equal("* SEARCH 1", (await client.ImapAsync("7 SEARCH BEFORE 3-Jan-2001"))[0]);

        await client.ImapAsync("8 COPY 1 Sent");
        await client.ImapAsync("9 SELECT Sent");
        Assert.Contains("SAVEDATE \"", (await client.ImapAsync("10 FETCH 1 SAVEDATE"))[0], StringComparison.Ordinal);
    }
}

using System.Text;
using AdminPortal.MailServerTests.Harness;
using MimeKit;
using Xunit;

namespace AdminPortal.MailServerTests.Submission;

/// <summary>Delivery status notifications (RFC 3461, 3464).</summary>
public sealed class NoticeTests
{
    [Fact]
    public async Task Who_asks_to_hear_of_success_hears_of_it_with_their_own_words_for_it()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(
            ("MAIL FROM:<alice@contoso.example> RET=HDRS ENVID=QQ3141+2B59", "250"),
            ("RCPT TO:<bob@contoso.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2Bx@contoso.example", "250"), ("DATA", "354"),
            ("Subject: Lunch\r\n\r\nSecret text\r\n.", "250"));

        Assert.Single(server.Backend.Messages(TestServer.Bob));
        using var stored = new MemoryStream(Encoding.Latin1.GetBytes(Assert.Single(server.Backend.Messages(TestServer.Alice))));
        using var notice = await MimeMessage.LoadAsync(stored, TestContext.Current.CancellationToken);
        var report = Assert.IsType<MultipartReport>(notice.Body);
        var status = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;
        Assert.Equal("<>", notice.Headers["Return-Path"]);
        Assert.Equal("auto-generated", notice.Headers["Auto-Submitted"]);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Equal("QQ3141+59", status[0]["Original-Envelope-Id"]);
        Assert.Equal(
            ("rfc822;Bob+x@contoso.example", "rfc822; bob@contoso.example", "delivered", "2.0.0"),
            (status[1]["Original-Recipient"], status[1]["Final-Recipient"], status[1]["Action"], status[1]["Status"]));
        Assert.Equal("Lunch", Assert.IsType<TextRfc822Headers>(report[2]).Message!.Subject);
        Assert.DoesNotContain("Secret text", notice.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL FROM:<alice@contoso.example>", "RCPT TO:<bob@contoso.example>")]
    [InlineData("MAIL FROM:<alice@contoso.example>", "RCPT TO:<bob@contoso.example> NOTIFY=NEVER")]
    [InlineData("MAIL FROM:<alice@contoso.example>", "RCPT TO:<bob@contoso.example> NOTIFY=FAILURE,DELAY")]
    [InlineData("MAIL FROM:<>", "RCPT TO:<bob@contoso.example> NOTIFY=SUCCESS")]
    public async Task Nobody_else_does(string mail, string rcpt)
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync((mail, "250"), (rcpt, "250"), ("DATA", "354"), ("Subject: x\r\n\r\n.", "250"));

        Assert.Single(server.Backend.Messages(TestServer.Bob));
        Assert.Empty(server.Backend.Messages(TestServer.Alice));
    }

    [Theory]
    [InlineData("NOTIFY=NEVER,SUCCESS")]
    [InlineData("NOTIFY=SUCCESS,SUCCESS")]
    [InlineData("NOTIFY=")]
    [InlineData("NOTIFY=ALWAYS")]
    [InlineData("NOTIFY=SUCCESS NOTIFY=FAILURE")]
    [InlineData("ORCPT=bob@contoso.example")]
    [InlineData("ORCPT=rfc822;")]
    [InlineData("ORCPT=rfc822;a+0D+0ABcc:+20x")]
    [InlineData("ORCPT=rfc822;a+4")]
    [InlineData("ORCPT=rfc822;a=b")]
    [InlineData("ORCPT=rf\tc822;a")]
    public async Task Wishes_that_are_none_are_refused(string parameters)
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(
            ("MAIL FROM:<alice@contoso.example> ENVID=a+0D", "501"), ("MAIL FROM:<alice@contoso.example> RET=NONE", "501"),
            ("MAIL FROM:<alice@contoso.example>", "250"), ($"RCPT TO:<bob@contoso.example> {parameters}", "501"));
    }
}

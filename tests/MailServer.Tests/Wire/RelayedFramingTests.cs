using System.Text;
using AdminPortal.MailServer;
using AdminPortal.MailServer.Wire;
using Xunit;

namespace AdminPortal.MailServerTests.Wire;

/// <summary>Where a word of ours may stand in what another server says: told the same whether it comes whole or octet by octet.</summary>
public sealed class RelayedFramingTests
{
    [Theory]
    [InlineData(MailProtocol.Imap, "* OK ready\r\n", true)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (FLAGS", false)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (BODY[] {5}\r\n", false)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (BODY[] {5}\r\n12\r\n5", false)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (BODY[] {5}\r\n12345)\r\n", true)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (BODY[] {5}\r\n12345 BODY[1] {4}\r\n12", false)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (BINARY[1] ~{3}\r\n\0\r\n)\r\n", true)]
    [InlineData(MailProtocol.Imap, "* 1 FETCH (BODY[] {0}\r\n)\r\n", true)]
    [InlineData(MailProtocol.Imap, "* OK a very long line that has much to say before it comes to {12}\r\n", false)]
    [InlineData(MailProtocol.Imap, "* OK {no number}\r\n", true)]
    [InlineData(MailProtocol.Imap, "* OK {99999999999999999999999}\r\n", true)]
    [InlineData(MailProtocol.Pop3, "+OK\r\n", true)]
    [InlineData(MailProtocol.Pop3, "+OK 12 octets\r\nSubject: x\r\n", false)]
    [InlineData(MailProtocol.Pop3, "+OK 12 octets\r\nSubject: x\r\n\r\n.\r\n", true)]
    [InlineData(MailProtocol.Pop3, "+OK 12 octets\r\n..\r\n", false)]
    [InlineData(MailProtocol.Pop3, "-ERR no\r\n", true)]
    [InlineData(MailProtocol.Smtp, "250-one\r\n", false)]
    [InlineData(MailProtocol.Smtp, "250-one\r\n250 two\r\n", true)]
    [InlineData(MailProtocol.Smtp, "250 tw", false)]
    public void It_knows_where_a_goodbye_may_stand(MailProtocol protocol, string said, bool between)
    {
        var octets = Encoding.UTF8.GetBytes(said);
        var whole = new RelayedFraming(protocol);
        whole.Take(octets);
        Assert.Equal(between, whole.IsBetweenLines);

        var single = new RelayedFraming(protocol);
        foreach (var octet in octets) single.Take([octet]);
        Assert.Equal(between, single.IsBetweenLines);
    }
}

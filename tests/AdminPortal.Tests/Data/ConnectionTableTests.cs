using AdminPortal.Data;
using Xunit;

namespace AdminPortal.Tests.Data;

public sealed class ConnectionTableTests
{
    private static readonly Guid Domain = Guid.CreateVersion7();
    private static readonly Guid OtherDomain = Guid.CreateVersion7();
    private static readonly Guid Mailbox = Guid.CreateVersion7();
    private static readonly Guid OtherMailbox = Guid.CreateVersion7();
    private static readonly MailServerAddresses Own = new();

    [Fact]
    public void Nobody_set_anything_and_the_mailbox_is_here_so_this_servers_ports_are_shown_TLS_first() =>
        Assert.Equal(
            [
                "pop3 localhost:1995 ImplicitTls", "pop3 localhost:1110 StartTls", "imap localhost:1993 ImplicitTls", "imap localhost:1143 StartTls",
                "smtp localhost:1465 ImplicitTls", "smtp localhost:1587 StartTls",
            ],
            Resolve([]));

    [Fact]
    public void Public_host_and_ports_are_shown_where_they_differ() =>
        Assert.Equal(
            ["imap mail.contoso.example:993 ImplicitTls", "imap mail.contoso.example:1143 StartTls"],
            Resolve([], own: new() { PublicHost = "mail.contoso.example", PublicPorts = new() { Imaps = 993 } }).Where(line => line.StartsWith("imap", StringComparison.Ordinal)));

    [Fact]
    public void A_listener_that_is_off_has_no_line() =>
        Assert.Equal(["pop3 localhost:1995 ImplicitTls"], Resolve([], own: new() { Pop3Port = null }).Where(line => line.StartsWith("pop3", StringComparison.Ordinal)));

    /// <summary>The table of the document that the product was conceived from, with today's precise words.</summary>
    [Fact]
    public void A_mailbox_at_Exchange_Online_gets_its_published_table() =>
        Assert.Equal(
            ["pop3 outlook.office365.com:995 ImplicitTls", "imap outlook.office365.com:993 ImplicitTls", "smtp smtp.office365.com:587 StartTls"],
            Resolve([], PodKind.ExchangeScript));

    [Theory]
    [InlineData(PodKind.DovecotView)]
    [InlineData(PodKind.Proxy)]
    public void Another_mail_systems_address_is_not_guessed(PodKind pod) => Assert.Empty(Resolve([], pod));

    [Fact]
    public void The_nearest_layer_that_has_lines_of_a_protocol_wins_for_that_protocol_alone()
    {
        MailEndpoint[] saved =
        [
            Line(MailProtocol.Imap, "tenant.example"), Line(MailProtocol.Pop3, "tenant.example"), Line(MailProtocol.Smtp, "tenant.example"),
            Line(MailProtocol.Imap, "domain.example", domain: Domain), Line(MailProtocol.Pop3, "domain.example", domain: Domain),
            Line(MailProtocol.Imap, "mailbox.example", mailbox: Mailbox),
            Line(MailProtocol.Smtp, "elsewhere.example", domain: OtherDomain), Line(MailProtocol.Smtp, "elsewhere.example", mailbox: OtherMailbox),
        ];

        Assert.Equal(
            ["pop3 domain.example:993 ImplicitTls", "imap mailbox.example:993 ImplicitTls", "smtp tenant.example:993 ImplicitTls"], Resolve(saved));
    }

    [Fact]
    public void A_nearer_layer_replaces_all_lines_of_the_farther_one() =>
        Assert.Equal(
            ["imap mailbox.example:993 ImplicitTls"],
            Resolve([
                Line(MailProtocol.Imap, "first.example"), Line(MailProtocol.Imap, "second.example", position: 1),
                Line(MailProtocol.Imap, "mailbox.example", mailbox: Mailbox),
            ], PodKind.Proxy));

    [Fact]
    public void Lines_keep_their_order() =>
        Assert.Equal(
            ["imap first.example:993 ImplicitTls", "imap second.example:993 ImplicitTls"],
            Resolve([Line(MailProtocol.Imap, "second.example", position: 1), Line(MailProtocol.Imap, "first.example")], PodKind.Proxy));

    [Theory]
    [InlineData(UserNameFormat.Address, "marie@contoso.example")]
    [InlineData(UserNameFormat.LocalPart, "marie")]
    public void The_user_name_is_the_address_or_what_stands_before_the_at(UserNameFormat format, string userName)
    {
        var line = new ConnectionLine(MailProtocol.Imap, "h", 993, ConnectionSecurity.ImplicitTls, format, EndpointPreset.Custom, ConnectionLayer.Tenant);

        Assert.Equal(userName, line.UserNameOf("marie@contoso.example"));
    }

    private static IReadOnlyList<string> Resolve(IReadOnlyCollection<MailEndpoint> saved, PodKind pod = PodKind.Embedded, MailServerAddresses? own = null) =>
        [.. ConnectionTable.Resolve(saved, Domain, Mailbox, pod, own ?? Own).Select(line => $"{line.Protocol.Word()} {line.Host}:{line.Port} {line.Security}")];

    private static MailEndpoint Line(MailProtocol protocol, string host, Guid? domain = null, Guid? mailbox = null, short position = 0) => new()
    {
        Protocol = protocol, Preset = EndpointPreset.Custom, Host = host, Port = 993, Security = ConnectionSecurity.ImplicitTls,
        DomainId = domain, MailboxId = mailbox, Position = position,
    };
}

using AdminPortal.Data;
using Xunit;

namespace AdminPortal.Tests.Data;

public sealed class MailAddressNameTests
{
    [Theory]
    [InlineData("First.Mailbox@Contoso.Example", "first.mailbox@contoso.example")]
    [InlineData("  o'neil+list@contoso.example ", "o'neil+list@contoso.example")]
    [InlineData("jérôme@contoso.example", "jérôme@contoso.example")]
    [InlineData("a@bücher.example", "a@xn--bcher-kva.example")]
    public void Addresses_are_stored_in_one_spelling(string typed, string stored) => Assert.Equal(stored, MailAddressName.Normalise(typed));

    [Theory]
    [InlineData("")]
    [InlineData("@contoso.example")]
    [InlineData("a@")]
    [InlineData("a@localhost")]
    [InlineData("a b@contoso.example")]
    [InlineData("a/b@contoso.example")]
    [InlineData("a..b@contoso.example")]
    [InlineData(".a@contoso.example")]
    [InlineData("a@-contoso.example")]
    [InlineData("a\u0000@contoso.example")]
    [InlineData("a\r\nb@contoso.example")]
    [InlineData("\"a\"@contoso.example")]
    [InlineData("a@[127.0.0.1]")]
    public void What_is_no_address_is_refused(string typed) => Assert.Null(MailAddressName.Normalise(typed));
}

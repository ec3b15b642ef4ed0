using AdminPortal.Hosting;
using CsCheck;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class InertTextTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("  ", null)]
    [InlineData("* OK hello ", "* OK hello")]
    [InlineData("Désolé : boîte pleine", "Désolé : boîte pleine")]
    [InlineData("red \u001b[31mtext", "red <U+001B>[31mtext")]
    [InlineData("nul\0, tab\t", "nul<U+0000>, tab")]
    [InlineData("exe\u202Efdp.", "exe<U+202E>fdp.")]
    [InlineData("zero\u200Bwidth", "zero<U+200B>width")]
    [InlineData("line\u2028break", "line<U+2028>break")]
    [InlineData("<script>alert(1)</script>", "<script>alert(1)</script>")]
    public void Characters_that_act_are_written_as_codes(string? said, string? shown) => Assert.Equal(shown, InertText.Show(said));

    [Fact]
    public void Whatever_a_server_says_is_short_and_has_no_control_character() =>
        Gen.String[0, 2000].Sample(said =>
        {
            var shown = InertText.Show(said) ?? "";
            return shown.Length <= InertText.MostCharacters && !shown.Any(char.IsControl);
        });

    [Fact]
    public void Long_words_end_in_an_ellipsis()
    {
        var shown = InertText.Show(new string('x', 2000))!;

        Assert.Equal(InertText.MostCharacters, shown.Length);
        Assert.EndsWith("x…", shown, StringComparison.Ordinal);
    }
}
